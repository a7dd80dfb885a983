#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every cell of every archive is as it was: logs with a known history, in all encodings, in one run and in many.

    truth_test.py ANALYZER
"""
import datetime
import functools
import gzip
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from maillog_generator import ENCODINGS, PACKERS, WHOLE, History, Shape  # noqa: E402
from maillog_generator.archives import differences  # noqa: E402

ANALYZER = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
RUNS = 25

# Stamps that don't tell which of two hours is meant need lines that are nearly in order.
LOCAL = {"bsd", "solaris", "rfc3339-local"}


def at(text):
    return int(datetime.datetime.fromisoformat(text).timestamp())


PERIODS = {
    "summer time ends": ("Europe/Berlin", at("2026-10-25T00:20:00+00:00"), 110),
    "summer time begins": ("Europe/Berlin", at("2026-03-29T00:30:00+00:00"), 60),
    "New Year": ("America/New_York", at("2027-01-01T04:20:00+00:00"), 70),
    "leap day": ("Asia/Tokyo", at("2028-02-28T14:40:00+00:00"), 40),
}


@functools.lru_cache(maxsize=None)
def history(begin, minutes, encoding_kind, **more):
    shape = Shape(begin=begin, minutes=minutes, sessions_per_minute=3, **more)
    if encoding_kind == "local":
        shape.lateness = 25
    if encoding_kind == "own-file":
        shape.hosts, shape.processes, shape.original = (b"localhost",), 1, False
    return History(shape, seed=begin)


def history_for(encoding, begin, minutes, **more):
    kind = "local" if encoding in LOCAL else encoding if encoding == "own-file" else "stamped"
    return history(begin, minutes, kind, **more)


class Log:
    """A log in one encoding, and the truth about it."""

    def __init__(self, encoding, zone, begin, minutes, **more):
        made = history_for(encoding, begin, minutes, **more)
        self.zone = zone
        self.end_of_entry = b"\n\n" if encoding == "journal-export" else b"\n"
        self.truth = made.truth if encoding in WHOLE else made.truth_of_cut_log
        info = zoneinfo.ZoneInfo(zone)
        self.pieces = [(line.delivered, ENCODINGS[encoding](line, info)) for line in made.lines]
        self.bytes = b"".join(piece for _, piece in self.pieces)

    def chunks(self, count, seed=1):
        """Pieces that end anywhere, in the midst of lines too, and the time when the log had come so far."""
        cuts = sorted(random.Random(seed).sample(range(len(self.bytes)), count - 1)) + [len(self.bytes)]
        begin, offset, lines = 0, 0, iter(self.pieces)
        for end in cuts:
            delivered = None
            while offset < end:
                delivered, line = next(lines)
                offset += len(line)
            now = self.now if delivered is None else -(-delivered // 1_000_000)
            self.now = now
            yield self.bytes[begin:end], now
            begin = end


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="log-truth.", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out"

    def analyze(self, log, now, *arguments, stdin=b""):
        when = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        run = subprocess.run([ANALYZER, "--no-graphs", "--output-directory", self.out, "--now", when, *arguments],
                             env={**os.environ, "TZ": log.zone, "LC_ALL": "C"}, input=stdin, capture_output=True, check=False)
        errors = run.stderr.decode(errors="replace")
        self.assertEqual(run.returncode, 0, errors)
        for complaint in ("--lateness", "is missing", "begins as"):
            self.assertNotIn(complaint, errors)
        return errors

    def check(self, log):
        found = differences(self.out, log.truth)
        shutil.rmtree(self.out)
        if found:
            self.fail("\n".join([f"{len(found)} differences", *found[:20]]))

    def in_one_run(self, log, later=86400):
        (self.folder / "mail.log").write_bytes(log.bytes)
        self.analyze(log, log.truth.alive + later, self.folder / "mail.log")
        self.check(log)

    def in_many_runs(self, log):
        """The log grows, is rotated by renaming, and packed at the next rotation."""
        path = self.folder / "mail.log"
        path.write_bytes(b"")
        for number, (chunk, now) in enumerate(log.chunks(RUNS), 1):
            with path.open("ab") as file:
                file.write(chunk)
            if number % 7 == 0:
                self.rotate(path, log.end_of_entry)
            os.utime(path, (now, now))  # as if it had been written then
            self.analyze(log, now, path)
        self.analyze(log, log.truth.alive + 86400, path)
        self.check(log)
        for rest in self.folder.glob("mail.log*"):
            rest.unlink()

    def rotate(self, path, end_of_entry):
        """No logger goes to the next file in the midst of a line."""
        whole, end, rest = path.read_bytes().rpartition(end_of_entry)
        path.write_bytes(whole + end)
        for number in (3, 2):
            older = self.folder / f"mail.log.{number}.gz"
            if older.exists():
                older.rename(self.folder / f"mail.log.{number + 1}.gz")
        first = self.folder / "mail.log.1"
        if first.exists():
            (self.folder / "mail.log.2.gz").write_bytes(gzip.compress(first.read_bytes(), 1))
            times = first.stat()
            os.utime(self.folder / "mail.log.2.gz", ns=(times.st_atime_ns, times.st_mtime_ns))
            first.unlink()
        path.rename(first)
        path.write_bytes(rest)


def named(encoding):
    return encoding.replace("-", "_")


class Truth(Case):
    def test_a_packed_log_is_counted_as_it_was(self):
        zone, begin, minutes = PERIODS["leap day"]
        for suffix, pack in PACKERS.items():
            with self.subTest(suffix):
                log = Log("rfc3339", zone, begin, minutes)
                path = self.folder / f"packed.log.{suffix}"
                path.write_bytes(pack(log.bytes))
                self.analyze(log, log.truth.alive + 86400, path)
                self.check(log)

    def test_a_log_on_standard_input_is_counted_as_it_was(self):
        zone, begin, minutes = PERIODS["leap day"]
        log = Log("rfc5424", zone, begin, minutes)
        self.analyze(log, log.truth.alive + 86400, "-", stdin=log.bytes)
        self.check(log)

    def test_each_hosts_file_by_itself_makes_the_same_archives_as_all_in_one_stream(self):
        zone, begin, minutes = PERIODS["summer time ends"]
        log = Log("bsd", zone, begin, minutes)
        info = zoneinfo.ZoneInfo(zone)
        made = history_for("bsd", begin, minutes)
        paths = []
        for number, host in enumerate(made.shape.hosts):
            paths.append(self.folder / f"host{number}.log")
            paths[-1].write_bytes(b"".join(ENCODINGS["bsd"](line, info) for line in made.lines if line.host == host))
        self.analyze(log, log.truth.alive + 86400, *paths)
        self.check(log)

    def test_ten_hosts_of_which_one_falls_silent_are_counted_as_they_were(self):
        zone, begin, minutes = "UTC", PERIODS["leap day"][1], 40
        hosts = tuple(b"mx%d.example.org" % number for number in range(10))
        log = Log("rfc3339", zone, begin, minutes, hosts=hosts, processes=1, noise=0.1, last_host_falls_silent=True)
        self.in_many_runs(log)


def add_tests():
    """One test for each encoding and period, so that a failure has a name."""
    for encoding in ENCODINGS:
        def once(self, encoding=encoding):
            zone, begin, minutes = PERIODS["summer time ends"]
            self.in_one_run(Log(encoding, zone, begin, minutes))

        def often(self, encoding=encoding):
            zone, begin, minutes = PERIODS["summer time ends"]
            self.in_many_runs(Log(encoding, zone, begin, minutes))

        setattr(Truth, f"test_{named(encoding)}_read_at_once_is_counted_as_it_was", once)
        setattr(Truth, f"test_{named(encoding)}_read_as_it_grows_and_is_rotated_is_counted_as_it_was", often)
    for period in ("summer time begins", "New Year", "leap day"):
        def year(self, period=period):
            zone, begin, minutes = PERIODS[period]
            log = Log("bsd", zone, begin, minutes)
            self.in_one_run(log)
            self.in_one_run(log, later=300 * 86400)
            self.in_many_runs(log)

        setattr(Truth, f"test_{period.lower().replace(' ', '_')}_in_stamps_without_a_year_is_counted_as_it_was", year)


add_tests()

if __name__ == "__main__":
    unittest.main()
