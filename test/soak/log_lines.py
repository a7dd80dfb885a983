# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manager may write into its log while a soak goes on, and why. Any other line is a finding."""
import collections
import os
import re

# The manager is run with MILTER_LOG_ITEM=level|time: "[error][2026-01-02T03:04:05.678901Z]: message".
LINE = re.compile(r"\[(\w+)\]\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\]: (.*)")
STATISTICS = re.compile(r"\[(session|milter|sessions|message|reply|abort|heartbeat|maintain)\]")
# What happens to a session when a milter is ended, killed or frozen: "[1100] [1176] NAME: [error] it closed the connection".
SESSION_FAULT = (r"\[\d+\] \[\d+\] (?P<peer>[\w-]+): \[error\] (it closed the connection|Connection reset by peer|Broken pipe|"
                 r"can't connect to \S+: (Connection refused|No such file or directory))")
# Where it is frozen.
SESSION_TIMEOUT = r"\[\d+\] \[\d+\] (?P<peer>[\w-]+): (\[timeout\] .*|\[error\] timeout: .*)"
MILTER_DEAD = r"\[milter\]\[(dead|probe)\] \S+: .*: (?P<peer>[\w-]+)"
MILTER_ALIVE = r"\[milter\]\[alive\] \S+: (?P<peer>[\w-]+)"
MTA_GONE = r"\[\d+\] \[session\]\[error\] the (?P<peer>MTA)'s connection is closed: (Connection reset by peer|Broken pipe)"


class Expected:
    """A pattern of lines, why they come, and how many of them there were. A group "peer" is the one that the line is about."""

    def __init__(self, levels, pattern, why):
        self.levels, self.pattern, self.why = levels.split("|"), re.compile(pattern), why
        self.count = 0

    def match(self, level, message):
        return self.pattern.fullmatch(message) if level in self.levels else None


class LogReader:
    """Reads a log as it grows. rotate() is for between two reads: the file before last is read to its end and removed."""

    def __init__(self, path, expected):
        self.path = path
        self.old = path.with_name(path.name + ".1")
        self.expected = expected
        self.lines = self.statistics = 0
        self.unexplained = {}  # the line with its numbers taken out -> [first of its kind, how many]
        self.peers = collections.Counter()  # lines by the peer that they are about
        self.offsets = {}

    def read(self):
        for path in (self.old, self.path):
            if not path.exists():
                continue
            with open(path, "rb") as log:
                number = os.fstat(log.fileno()).st_ino
                log.seek(self.offsets.get(number, 0))
                for line in log:
                    if not line.endswith(b"\n"):
                        break  # it is being written
                    self.offsets[number] = self.offsets.get(number, 0) + len(line)
                    self.take(line.decode("utf-8", "replace").rstrip("\n"))

    def take(self, line):
        self.lines += 1
        match = LINE.fullmatch(line)
        level, message = match.groups() if match else ("", line)
        if level == "statistics" and STATISTICS.match(message):
            self.statistics += 1
            return
        for expected in self.expected:
            if match := expected.match(level, message):
                expected.count += 1
                if "peer" in match.groupdict():
                    self.peers[match["peer"]] += 1
                return
        self.unexplained.setdefault(re.sub(r"\d+", "0", line), [line, 0])[1] += 1

    def rotate(self):
        self.read()
        if self.old.exists():
            self.offsets.pop(self.old.stat().st_ino, None)
            self.old.unlink()
        if self.path.exists():
            self.path.rename(self.old)

    def findings(self):
        return [f"unexplained in the log, {count} times: {line}" for line, count in self.unexplained.values()]

    def counts(self):
        """Of expected lines, by why they came."""
        counts = collections.Counter()
        for expected in self.expected:
            counts[expected.why] += expected.count
        return counts

    def rows(self):
        """Cells of a table."""
        return [[f"  {why}", str(count)] for why, count in self.counts().items()]
