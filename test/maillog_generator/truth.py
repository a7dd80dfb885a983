# SPDX-License-Identifier: GPL-3.0-or-later
"""What the archives have to hold: counts per archive file, minute and data source, put together while a log is made up."""
import math
import re

SOURCES = {
    "session": ["smtp", "child", "disconnected", "concurrent"],
    "milter-manager.status": ["pass", "accept", "reject", "discard", "temporary_failure", "quarantine", "abort", "error"],
    "milter-manager.report": ["spam", "virus", "uribl", "greylisting_pass", "spf_pass", "spf_fail", "sender_id_pass", "sender_id_fail",
                              "dkim_pass", "dkim_fail", "dkim_adsp_pass", "dkim_adsp_fail", "tarpitting_pass"],
    "milter-manager.message": ["pass", "accept", "reject", "discard", "temporary_failure", "quarantine", "abort", "bytes",
                               "recipients", "refused"],
    "milter.message": ["pass", "accept", "reject", "discard", "temporary_failure", "quarantine", "abort", "stop", "error",
                       "rejected", "deferred"],
    "milter.evaluation": ["pass", "accept", "reject", "discard", "temporary_failure", "quarantine", "rejected", "deferred"],
    "milter.load": ["open", "busy", "busy_mean", "busy_max", "p50", "p95", "p99", "errors", "timeouts"],
    "milter.greylist": ["delayed_1", "delayed_5", "delayed_10", "delayed_30", "delayed_60", "delayed_over"],
    "health": ["processes", "lines", "lost", "dropped"],
}
SOURCES["milter.status"] = SOURCES["milter-manager.status"] + ["stop"]
SOURCES["milter.report"] = SOURCES["milter-manager.report"]
QUANTILES = ["p50", "p95", "p99"]
DELAYS = [1, 5, 10, 30, 60]

KEY = re.compile(r"[a-z][a-z0-9_]{0,23}\.")


def safe_name(name):
    """A milter's name (bytes) in a file's name."""
    text = name.decode("utf-8", "surrogateescape")
    out = "".join("".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
                  if char in "/\\:%" or ord(char) < 0x20 or 0x7f <= ord(char) < 0xa0 or 0xdc80 <= ord(char) < 0xdd00 else char
                  for char in text)
    if len(out.encode()) <= 200:
        return out
    kept = ""
    for part in re.findall(r"%[0-9A-F]{2}|.", out):
        if len((kept + part).encode()) > 180:
            break
        kept += part
    number = 0xcbf29ce484222325
    for byte in name:
        number = (number ^ byte) * 0x100000001b3 % 2**64
    return f"{kept}%~{number:016x}"


def file_name(kind, milter=None):
    if milter is None:
        return kind + ".rrd"
    name = safe_name(milter)
    if kind == "milter.report" and KEY.match(name):  # milter.report.KEY.NAME.rrd belongs to keys
        name = name.replace(".", "%2E", 1)
    return f"{kind}.{name}.rrd"


class Truth:
    def __init__(self):
        self.rows = {}      # file → minute → source → value
        self.kinds = {}     # file → kind
        self._maxima = {}   # (file, minute, source) → process → value
        self.first = None   # the first minute of any event
        self.alive = None   # the newest minute of any line

    def row(self, kind, time, milter=None):
        """The row of the minute; `time` in microseconds."""
        minute = time // 60_000_000 * 60
        name = file_name(kind, milter)
        self.kinds[name] = kind
        minutes = self.rows.setdefault(name, {})
        if minute not in minutes:
            minutes[minute] = {source: math.nan if kind == "milter.load" and source in QUANTILES else 0.0 for source in SOURCES[kind]}
        return minutes[minute]

    def event(self, time):
        """An event that was read, whatever it counts."""
        minute = time // 60_000_000 * 60
        self.first = minute if self.first is None else min(self.first, minute)

    def line(self, time):
        minute = time // 60_000_000 * 60
        self.alive = minute if self.alive is None else max(self.alive, minute)

    def add(self, kind, source, time, number=1, milter=None):
        row = self.row(kind, time, milter)
        source = source.replace("-", "_")
        if source in row:
            row[source] += number

    def largest(self, kind, source, time, process, value, milter=None):
        """The sum over the processes of each one's largest value in the minute."""
        row = self.row(kind, time, milter)
        maxima = self._maxima.setdefault((file_name(kind, milter), time // 60_000_000, source), {})
        maxima[process] = max(maxima.get(process, 0), value)
        row[source] = math.fsum(maxima.values())

    def worst(self, kind, source, time, value, milter=None):
        row = self.row(kind, time, milter)
        if value is not None:
            row[source] = value if math.isnan(row[source]) else max(row[source], value)

    def greylisted(self, time, seconds, milter):
        late = next((str(bound) for bound in DELAYS if seconds <= bound * 60), "over")
        self.add("milter.greylist", f"delayed_{late}", time, 1, milter)
