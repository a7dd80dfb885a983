#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark's programs do what they say: load and child agree on what happened. Usage: tools_test.py PROGRAMS"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from table import Row, table  # noqa: E402
from world import World, free_port  # noqa: E402

PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()


class BenchTools(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="bench.")
        self.addCleanup(directory.cleanup)
        self.world = World(PROGRAMS.parents[1], directory.name)
        self.addCleanup(self.world.stop)

    def run_load(self, spec, *options):
        """(exit status, report) of a hundred sessions on ten connections."""
        argv = [self.world.load_program, "--to", spec, "-c", "10", "-n", "100", *options]
        done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, json.loads(done.stdout)

    def between(self, child_options, load_options, family="unix"):
        """(report of the load, report of the child)"""
        child, spec = self.world.child(family, *child_options)
        status, report = self.run_load(spec, *load_options)
        self.assertEqual(status, 0, report)
        self.world.stop(child)
        self.assertEqual(self.world.failures, [])
        seen = json.loads(child.text())
        self.assertEqual(seen["protocol_errors"], 0)
        return report, seen

    def test_every_message_is_answered_on_unix_sockets_and_tcp(self):
        for family in ["unix", "inet"]:
            with self.subTest(family):
                report, seen = self.between([], [], family)
                self.assertEqual(report["results"], {"accept at end-of-message": 100})
                self.assertEqual((seen["connections"], seen["messages"], seen["quits"]), (100, 100, 100))

    def test_bodies_headers_and_recipients_are_as_many_as_asked_for(self):
        _, little = self.between([], ["--headers", "0", "--body", "0", "--no-macros"])
        # negotiate, connect, helo, mail, recipient, data, end of header, end of message, quit
        self.assertEqual(little["packets"], 100 * 9)
        _, much = self.between([], ["--headers", "7", "--recipients", "3", "--body", "200000", "--no-macros"])
        self.assertEqual(much["packets"], 100 * (9 + 7 + 2 + 4))
        self.assertGreater(much["bytes"] - little["bytes"], 100 * 200000)

    def test_several_messages_share_a_connection(self):
        report, seen = self.between([], ["--messages", "5"])
        self.assertEqual((report["sessions"], seen["messages"]), (100, 100))
        self.assertLess(seen["connections"], 40)

    def test_a_reply_at_a_stage_ends_the_message_there(self):
        report, seen = self.between(["--at", "mail=451 4.7.1 later"], [])
        self.assertEqual(report["results"], {"reply-code at envelope-from": 100})
        self.assertEqual((seen["messages"], seen["aborts"]), (0, 100))

    def test_skip_saves_the_rest_of_the_body(self):
        report, seen = self.between(["--at", "body=skip", "--steps", "0x400"], ["--body", "655350"])
        self.assertEqual(report["results"], {"accept at end-of-message": 100})
        self.assertLess(seen["bytes"], 100 * 80000)

    def test_steps_that_the_child_declines_or_does_not_answer_are_honoured(self):
        report, seen = self.between(["--steps", "0xa2"], ["--no-macros"])  # no HELO, no headers … and no replies to them
        self.assertEqual(report["results"], {"accept at end-of-message": 100})
        self.assertEqual(seen["packets"], 100 * 9)  # with a body, without HELO

    def test_an_mta_of_version_2_gets_what_it_knows(self):
        report, seen = self.between(["--steps", "0x1fff80"], ["--offer-version", "2", "--offer-steps", "0x7f", "--no-macros"])
        self.assertEqual(report["agreed"]["version"], 2)
        self.assertEqual(report["agreed"]["steps"], "")
        self.assertEqual(seen["packets"], 100 * (9 + 20))  # with a body and 20 headers, without DATA

    def test_added_headers_are_counted(self):
        report, _ = self.between(["--add-header", "X-One=1", "--add-header", "X-Two=2"], [])
        self.assertEqual(report["edits"], 200)

    def test_a_milter_that_thinks_before_each_reply_is_waited_for(self):
        report, seen = self.between(["--delay", "0.1", "--steps", "0x80"], ["-c", "1", "-n", "10"])
        self.assertEqual(report["results"], {"accept at end-of-message": 10})
        # connect, helo, mail, recipient, data, end of header, body, end of message
        self.assertGreater(report["latency_ms"]["p50"], 8 * 0.1)
        self.assertEqual(seen["messages"], 10)

    def test_idle_connections_stay_as_long_as_they_were_told_to(self):
        child, spec = self.world.child("unix")
        status, report = self.run_load(spec, "-n", "0", "--seconds", "0.2", "--hold", "helo")
        self.assertEqual((status, report["results"]), (0, {"held at helo": 10}))
        self.world.stop(child)
        self.assertEqual(json.loads(child.text())["most_open"], 10)

    def test_a_peer_that_is_not_there_is_an_error(self):
        for spec in [f"inet:{free_port()}@127.0.0.1", f"unix:{self.world.directory}/none"]:
            with self.subTest(spec):
                status, report = self.run_load(spec)
                self.assertEqual((status, report["sessions"]), (1, 0))
                self.assertGreater(report["protocol_errors"], 0)

    def test_replies_that_were_not_asked_for_are_protocol_errors(self):
        child, spec = self.world.child("unix", "--at", "helo=skip")
        status, report = self.run_load(spec)
        self.assertEqual((status, report["sessions"]), (1, 0))
        self.assertEqual(list(report["errors"]), ["a skip that is not allowed at helo"])
        self.world.stop(child)

    def test_the_table_says_what_met_its_goal(self):
        rows = [Row("rate", "10/s", "5/s", 0.5, at_least=0.4), Row("memory", "", "9 MiB", 9, " MiB", at_most=8),
                Row("seen", "1", "2", 2), Row("gone", failure="no\nluck")]
        self.assertEqual([row.verdict() for row in rows], ["met", "NOT MET", "", "left out"])
        self.assertEqual(table(rows).splitlines()[-1].split(), ["gone", "left", "out", "no", "luck"])


if __name__ == "__main__":
    unittest.main()
