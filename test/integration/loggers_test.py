#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A known history goes through a real rsyslogd, and into a real journal: the archives are as it was.

    loggers_test.py BUILD-DIRECTORY
"""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from integration.processes import Processes, wait_for  # noqa: E402
from integration.rsyslog import Rsyslog  # noqa: E402
from maillog_generator import ENCODINGS, History, Shape  # noqa: E402
from maillog_generator.archives import differences  # noqa: E402
from maillog_generator.encoding import UTC  # noqa: E402

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev").resolve()
ANALYZER = BUILD / "milter-manager-log-analyzer/milter-manager-log-analyzer"
JOURNAL_REMOTE = "/lib/systemd/systemd-journal-remote"
LAST = b"this was the last line"
NOW = "2026-09-15T12:00:00Z"


def as_sent(line):
    """As a program sends it, with the time and the host of the history: RFC 5424, nothing escaped."""
    text = (b"[statistics] " if line.statistics else b"") + line.text
    stamp = ENCODINGS["rfc3339"](line, UTC).split(b" ", 1)[0]
    return b"<21>1 %s %s %s %d - - %s" % (stamp, line.host, line.program, line.pid, text)


class Loggers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.history = History(Shape(minutes=40, sessions_per_minute=4, lateness=25))

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="loggers."))
        self.addCleanup(shutil.rmtree, self.directory)
        self.processes = Processes(self.directory)
        self.addCleanup(self.processes.stop_all)

    def analyze(self, out, *arguments, now=NOW):
        return subprocess.run([ANALYZER, "--no-graphs", "--output-directory", out, "--now", now, *arguments],
                              env={**os.environ, "TZ": "UTC"}, capture_output=True, text=True, errors="replace", check=False)

    def check(self, out, truth):
        found = differences(out, truth)
        self.assertEqual(found[:20], [], f"{len(found)} differences")

    def test_what_rsyslog_makes_of_our_lines_is_counted_as_it_was_in_all_its_templates(self):
        rsyslog = Rsyslog(self.directory / "rsyslog")
        rsyslog.start(self.processes)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(str(rsyslog.socket))
            for line in self.history.lines:
                sender.send(as_sent(line))
        subprocess.run(["logger", "-u", rsyslog.socket, "-p", "mail.info", "-t", "test", LAST], check=True)
        wait_for(lambda: rsyslog.holds(LAST), "last line in every file")
        self.assertIn(b"#012", rsyslog.logs[0].read_bytes())
        for log in rsyslog.logs:
            with self.subTest(log.name):
                # Not the last line: logger stamped it with the present time.
                lines = [line for line in log.read_bytes().splitlines(keepends=True) if LAST not in line]
                log.write_bytes(b"".join(lines))
                out = self.directory / f"out-{log.name}"
                run = self.analyze(out, log)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.check(out, self.history.truth_of_cut_log)

    def to_journal(self, lines, name):
        journal = self.directory / "journal"
        journal.mkdir(exist_ok=True)
        export = b"".join(ENCODINGS["journal-export"](line, UTC) for line in lines)
        subprocess.run([JOURNAL_REMOTE, "-o", journal / name, "-"], input=export, check=True, capture_output=True)
        return journal

    def test_a_journal_is_counted_as_it_was_and_read_on_from_where_the_run_before_ended(self):
        out, lines = self.directory / "out", self.history.lines
        third = len(lines) // 3
        for part in range(3):
            journal = self.to_journal(lines[part * third:(part + 1) * third if part < 2 else None], "one.journal")
            last = lines[(part + 1) * third - 1].delivered // 1_000_000 + 1
            now = subprocess.run(["date", "-u", "-d", f"@{last}", "+%FT%TZ"], capture_output=True, text=True, check=True).stdout.strip()
            run = self.analyze(out, "--journal-directory", journal, now=now if part < 2 else NOW)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertNotIn("--lateness", run.stderr)
        self.check(out, self.history.truth)
        again = self.analyze(out, "--journal-directory", journal, "--stats")
        self.assertIn("reading 0 lines", again.stderr)

    def test_a_journal_that_was_vacuumed_behind_our_back_is_reported(self):
        out, lines = self.directory / "out", self.history.lines
        half = len(lines) // 2
        journal = self.to_journal(lines[:half], "one.journal")
        self.assertEqual(self.analyze(out, "--journal-directory", journal).returncode, 0)
        (journal / "one.journal").unlink()
        self.to_journal(lines[half:], "two.journal")
        run = self.analyze(out, "--journal-directory", journal)
        self.assertEqual(run.returncode, 1)
        self.assertIn("no longer holds the entry that was read last", run.stderr)


if __name__ == "__main__":
    unittest.main()
