#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every count of milter-report's summary is as it was: logs with a known history, in all encodings, whole and in part.

    truth_test.py MILTER-REPORT
"""
import collections
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from maillog_generator import ENCODINGS, PACKERS, History, Shape, file_name  # noqa: E402

REPORT = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
BEGIN = 1789344000
MINUTES = 60
NOW = "2026-09-16T00:00:00Z"

VERDICT = re.compile(rb"\[milter\]\[message\]\[([^]]*)\]\[([^]]*)\]\[([^]]*)\]\[([^]]*)\]\[(\d+)\]\[(\d+)\]\[(\d+)\]\[([^]]*)\]\[[^]]*\]\[[^]]*\]"
                     rb"\((\d+)\.(\d+)\.\d+\): [^:]*: [^:]*: (.*)", re.S)
MESSAGE = re.compile(rb"\[message\]\[end\]\[([^]]*)\]\[([^]]*)\]\[([^]]*)\]\[(\d+)\]\[(\d+)\]\[(\d+)\]\((\d+)\.(\d+)\): ")
SESSION = re.compile(rb"\[session\]\[end\](?:\[([^]]*)\]\[([^]]*)\])?\[([^]]*)\]\(\d+\)")
MILTER = re.compile(rb"\[milter\]\[end\](?:\[([^]]*)\]\[([^]]*)\])?\[([^]]*)\]\(\d+\): (.*)", re.S)


def name_of(text, own):
    """As JSON has it: escapes are undone for processes of our own, what is not UTF-8 is replaced."""
    if own:
        text = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), text)
    return text.decode(errors="replace")


class Truth:
    """Counted from the events themselves, one after the other, without the program."""

    def __init__(self, history, since=None, until=None):
        def in_period(line):
            seconds = line.time / 1_000_000
            return (since is None or seconds >= since) and (until is None or seconds < until)

        lines = [line for line in history.lines if line.statistics and line.program == b"milter-manager" and line.text is not None]
        own = {(line.host, line.pid) for line in lines if line.text.startswith(b"[heartbeat]")}
        self.facts = collections.Counter()
        self.verdicts, self.stages, self.effects, self.connections = (collections.Counter() for _ in range(4))
        self.waits, self.times = collections.defaultdict(list), []
        self.hosts, self.host_milters = collections.Counter(), collections.Counter()
        self.minutes = collections.defaultdict(collections.Counter)
        waiting = collections.defaultdict(list)
        for line in lines:
            process = (line.host, line.pid)
            if match := VERDICT.fullmatch(line.text):
                waiting[process, match[9], match[10]].append(match)
            elif match := MESSAGE.match(line.text):
                verdicts = waiting.pop((process, match[7], match[8]), [])
                if in_period(line):
                    self._message(match, verdicts, line)
            elif in_period(line):
                self._connection(line, process in own)

    def _message(self, match, verdicts, line):
        state, status = match[1].decode(), match[2].decode()
        host, minute = line.host.decode(), line.time // 60_000_000 * 60
        self.hosts[host, "messages"] += 1
        self.hosts[host, status] += 1
        self.minutes["(all)"][minute] += 1
        self.facts["messages"] += 1
        self.facts["bytes"] += int(match[4])
        self.facts["recipients"] += int(match[5])
        self.facts["recipients_refused"] += int(match[6])
        self.stages[state, status] += 1
        self.times.append(float(match[3]))
        for verdict in verdicts:
            state, status, group, cause = (verdict[i].decode() for i in range(1, 5))
            name = name_of(verdict[11], True)
            self.verdicts[name, state, status, group, cause] += 1
            if cause == "condition" or (state, status) == ("start", "pass"):
                continue
            self.waits[name].append(float(verdict[8]))
            self.minutes[name][minute] += 1
            for source, number in (("asked", 1), (status, 1), ("failed", cause == "fallback"), ("waited", float(verdict[8]))):
                self.host_milters[host, name, group, source] += number
            if group == "evaluated" or cause in ("answer", "fallback"):
                for source, number in ((status, 1), ("recipients_rejected", int(verdict[6])), ("recipients_deferred", int(verdict[7]))):
                    self.effects[name, "would have" if group == "evaluated" else "did", source] += number

    def _connection(self, line, own):
        if match := SESSION.fullmatch(line.text):
            self.facts["connections"] += 1
            self.hosts[line.host.decode(), "connections"] += 1
            if match[2]:
                self.connections["(all)", match[2].decode()] += 1
        elif match := MILTER.fullmatch(line.text):
            if match[2]:
                self.connections[name_of(match[4], own), match[2].decode()] += 1
        elif line.text.startswith(b"[session][disconnected]"):
            self.facts["disconnected"] += 1


def quantile(values, share):
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


class Summary:
    """What the program says."""

    def __init__(self, *arguments, stdin=None):
        run = subprocess.run([str(argument) for argument in (REPORT, "summary", "--json", "--now", NOW, *arguments)], input=stdin,
                             capture_output=True, check=False, env={**os.environ, "TZ": "UTC"})
        assert run.returncode == 0, run.stderr
        self.json = json.loads(run.stdout)
        section = self.json["sections"][0]
        self.facts = section["facts"]
        self.tables = {name: table["rows"] for name, table in section["tables"].items()}

    def verdicts(self):
        return {(row["milter"], row["stage"], row["status"], row["group"], row["cause"]): row["messages"] for row in self.tables["verdicts"]}

    def statuses(self, table, label):
        return {(row[label], key.replace("_", "-")): count for row in self.tables[table] for key, count in row.items()
                if key not in (label, "all") and count}

    def effects(self):
        words = {"rejected": "reject", "deferred": "temporary-failure", "discarded": "discard", "quarantined": "quarantine"}
        return {(row["milter"], row["effect"], words.get(key, key)): count for row in self.tables["effects"] for key, count in row.items()
                if key not in ("milter", "effect", "asked") and count}


class SummaryTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="truth.")
        shape = Shape(begin=BEGIN, minutes=MINUTES, sessions_per_minute=4, lateness=20, long_values=False)
        cls.history = History(shape, seed=3)
        cls.alone = History(Shape(begin=BEGIN, minutes=MINUTES, hosts=(b"localhost",), processes=1, sessions_per_minute=4, original=False,
                                  lateness=20, long_values=False), seed=4)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def log(self, encoding, packer=None, history=None):
        log = b"".join(ENCODINGS[encoding](line, zoneinfo.ZoneInfo("UTC")) for line in (history or self.history).lines)
        path = pathlib.Path(self.folder.name) / f"{encoding}.log{'.' + packer if packer else ''}"
        path.write_bytes(PACKERS[packer](log) if packer else log)
        return path

    def check(self, summary, truth):
        for figure in ("connections", "messages", "bytes", "recipients", "recipients_refused", "disconnected"):
            self.assertEqual(summary.facts[figure], truth.facts[figure], figure)
        self.assertEqual(summary.verdicts(), dict(truth.verdicts))
        self.assertEqual(summary.statuses("messages", "stage"), dict(truth.stages))
        self.assertEqual(summary.statuses("connections", "milter"), dict(truth.connections))
        wanted = {key: count for key, count in truth.effects.items()
                  if count and key[2] in ("reject", "temporary-failure", "discard", "quarantine", "recipients_rejected", "recipients_deferred")}
        self.assertEqual(summary.effects(), wanted)
        self.check_times(summary, truth)
        self.check_hosts(summary, truth)
        for row in summary.tables["busiest_minutes"]:
            minutes = truth.minutes[row["milter"]]
            most = max(minutes.values())
            self.assertEqual((row["minute"], row["count"]), (min(minute for minute, count in minutes.items() if count == most), most), row)
        self.assertEqual({row["milter"] for row in summary.tables["busiest_minutes"]}, set(truth.minutes))

    def check_hosts(self, summary, truth):
        sources = {"connections": "connections", "messages": "messages", "rejected": "reject", "deferred": "temporary-failure",
                   "discarded": "discard"}
        rows = {row["host"]: row for row in summary.tables["hosts"]}
        self.assertEqual(set(rows), {host for host, _ in truth.hosts})
        for host, row in rows.items():
            self.assertEqual({key: row[key] for key in sources}, {key: truth.hosts[host, source] for key, source in sources.items()}, host)
        del sources["connections"], sources["messages"]
        sources.update({"asked": "asked", "quarantined": "quarantine", "failed": "failed"})
        for row in summary.tables.get("host_milters", []):
            key = (row["host"], row["milter"], "enforced" if row["effect"] == "says" else "evaluated")
            self.assertEqual({name: row[name] for name in sources}, {name: truth.host_milters[(*key, source)] for name, source in sources.items()}, key)
            self.assertAlmostEqual(row["waited_mean"], truth.host_milters[(*key, "waited")] / row["asked"])
        if len(rows) > 1:
            self.assertEqual(sum(row["asked"] for row in summary.tables["host_milters"]),
                             sum(count for key, count in truth.host_milters.items() if key[3] == "asked"))

    def check_times(self, summary, truth):
        """Quantiles are at most 0.4 % off, the longest is exact."""
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            self.assertAlmostEqual(summary.facts[f"message_time_{name}"] / quantile(truth.times, share), 1, delta=0.004)
            for row in summary.tables["milters"]:
                waits = [wait for wait in truth.waits.get(row["milter"], []) if wait > 0]
                if waits:
                    self.assertAlmostEqual(row[f"waited_{name}"] / quantile(waits, share), 1, delta=0.004, msg=row)
        self.assertEqual(summary.facts["message_time_max"], max(truth.times))

    def test_every_count_is_as_it_was_in_every_encoding(self):
        for encoding in ENCODINGS:
            with self.subTest(encoding):
                history = self.alone if encoding == "own-file" else self.history
                self.check(Summary(self.log(encoding, history=history)), Truth(history))

    def test_packed_logs_and_standard_input_count_the_same(self):
        truth = Truth(self.history)
        for packer in PACKERS:
            with self.subTest(packer):
                self.check(Summary(self.log("rfc3339", packer)), truth)
        self.check(Summary("-", stdin=self.log("rfc3339").read_bytes()), truth)

    def test_a_period_counts_what_is_in_it(self):
        since, until = BEGIN + 1000, BEGIN + 2500
        summary = Summary("--since", "2026-09-14T00:16:40Z", "--until", "2026-09-14T00:41:40Z", self.log("rfc3339"))
        self.check(summary, Truth(self.history, since, until))

    def test_a_log_in_pieces_in_any_order_is_the_same_log(self):
        lines = self.log("rfc3339").read_bytes().splitlines(keepends=True)
        folder = pathlib.Path(self.folder.name) / "pieces"
        folder.mkdir()
        for number in range(3):
            (folder / f"piece.{number}").write_bytes(b"".join(lines[number * len(lines) // 3:(number + 1) * len(lines) // 3]))
        self.check(Summary(folder / "piece.2", folder / "piece.0", folder / "piece.1"), Truth(self.history))

    def test_lines_that_never_arrived_are_told(self):
        health = self.history.truth.rows["health.rrd"].values()
        hosts = Summary(self.log("rfc3339")).tables["hosts"]
        for column, source in (("lines_written", "lines"), ("lines_lost", "lost"), ("lines_dropped", "dropped")):
            self.assertEqual(sum(row[column] or 0 for row in hosts), sum(row[source] for row in health), column)

    def test_what_headers_say_is_as_it_was(self):
        truth = self.history.truth.rows
        for row in Summary(self.log("journal-json")).tables["reports"]:
            if not row["milter"].isascii() or not re.fullmatch(r"[a-z.-]{1,40}", row["milter"]):
                continue
            rows = truth[file_name("milter.report", row["milter"].encode())].values()
            self.assertEqual(row["headers"], sum(minute.get(row["key"], 0) for minute in rows), row)


if __name__ == "__main__":
    unittest.main()
