#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the soaks judge by: growth of a process, and lines of a log."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from growth import Sample, Series, Watch, sample_of  # noqa: E402
from log_lines import MILTER_ALIVE, SESSION_FAULT, Expected, LogReader  # noqa: E402


def series(kibibytes, descriptors=None):
    """A process with these values, two samples a minute: the second one is larger."""
    told = Series("worker 1", 77, 0.0)
    for minute, memory in enumerate(kibibytes):
        opened = descriptors[minute] if descriptors else 20
        told.add(60 * minute, memory, opened)
        told.add(60 * minute + 59, memory + 5000, opened + 30)
    told.add(60 * len(kibibytes), kibibytes[-1], 20)
    return told


class Growth(unittest.TestCase):
    def test_what_counts_is_the_least_of_the_third_minute_and_of_the_last(self):
        self.assertEqual(list(series([9000, 15000, 20000, 23000, 21024]).findings()), [])
        found = list(series([9000, 15000, 20000, 20000, 21025]).findings())
        self.assertEqual(len(found), 1)
        self.assertIn("worker 1 (77) grew by 1025 KiB from minute 3 to 5", found[0])

    def test_a_process_that_lived_shortly_is_not_judged(self):
        short = series([9000, 9000, 9000, 90000])
        self.assertEqual(list(short.findings()), [])
        self.assertIn("too short to be judged", short.row())

    def test_one_more_descriptor_is_a_finding(self):
        self.assertEqual(list(series([9000] * 6, [20, 25, 22, 30, 30, 22]).findings()), [])
        found = list(series([9000] * 6, [20, 20, 20, 20, 20, 21]).findings())
        self.assertEqual(len(found), 1)
        self.assertIn("more descriptors in minute 6 than in 3", found[0])

    def test_a_number_that_another_process_had_before_is_another_process(self):
        samples = []
        watch = Watch(lambda: {77: "worker 2"}, lambda _pid: samples[-1])
        for minute in range(10):
            if minute in (2, 3, 4, 5, 6):
                continue  # none lived
            samples.append(Sample(began=100 if minute < 2 else 900, memory=9000, descriptors=20))
            watch.look(60.0 * minute)
        self.assertEqual([one.began for one in watch.ordered()], [0.0, 420.0])
        self.assertEqual(watch.findings(), [])

    def test_a_process_is_sampled_until_it_has_ended(self):
        own, again = sample_of(os.getpid()), sample_of(os.getpid())
        self.assertEqual(own.began, again.began)
        self.assertGreater(own.memory, 1000)
        self.assertGreaterEqual(own.descriptors, 3)
        child = subprocess.Popen(["true"])
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self.assertRaises(OSError, sample_of, child.pid)
        child.wait()
        self.assertRaises(OSError, sample_of, child.pid)


class Lines(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="soak.")
        self.addCleanup(directory.cleanup)
        self.log = pathlib.Path(directory.name) / "log"
        self.reader = LogReader(self.log, [Expected("message", MILTER_ALIVE, "it came back"), Expected("error", SESSION_FAULT, "it went")])

    def write(self, *messages):
        with open(self.log, "a", encoding="utf-8") as log:
            for level, message in messages:
                log.write(f"[{level}][2026-01-02T03:04:05.678901Z]: {message}\n")

    def test_statistics_and_lines_that_are_expected_are_no_findings(self):
        self.write(("statistics", "[sessions][finished] 1(+1) 0"), ("message", "[milter][alive] unix:/run/m: some-milter"),
                   ("error", "[12] [13] some-milter: [error] it closed the connection"))
        self.reader.read()
        self.assertEqual(self.reader.findings(), [])
        self.assertEqual((self.reader.lines, self.reader.statistics), (3, 1))
        self.assertEqual(self.reader.rows(), [["  it came back", "1"], ["  it went", "1"]])
        self.assertEqual(self.reader.peers["some-milter"], 2)

    def test_any_other_line_is_a_finding_told_once_for_its_kind(self):
        self.write(("error", "[message][error] 17 went wrong"), ("error", "[message][error] 18 went wrong"),
                   ("warning", "[milter][alive] unix:/run/m: m"), ("statistics", "[nonsense]"))
        self.reader.read()
        self.assertEqual([finding.split(": ", 1)[0] for finding in self.reader.findings()],
                         ["unexplained in the log, 2 times", "unexplained in the log, 1 times", "unexplained in the log, 1 times"])

    def test_a_log_that_is_rotated_loses_no_line_and_is_read_once(self):
        for number in range(3):
            self.write(("error", f"before {number}"))
            self.reader.read()
            self.reader.rotate()
            with open(self.reader.old, "a", encoding="utf-8") as log:  # somebody has it open still
                log.write("[error][2026-01-02T03:04:05.678901Z]: late\n")
        self.write(("error", "half a line"))
        with open(self.log, "a", encoding="utf-8") as log:
            log.write("[error][2026-01-02T03:04:05.678901Z]: hal")
        self.reader.read()
        self.reader.read()
        self.assertEqual(self.reader.lines, 7)


if __name__ == "__main__":
    unittest.main()
