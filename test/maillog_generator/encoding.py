# SPDX-License-Identifier: GPL-3.0-or-later
"""Log lines as loggers write them."""
import datetime
import gzip
import json
import lzma
import re
import struct
import subprocess
import zoneinfo

MAXIMUM_LINE = 8192  # of rsyslog's messages
UTC = zoneinfo.ZoneInfo("UTC")


def _moment(line, zone):
    return datetime.datetime.fromtimestamp(line.time // 1_000_000, zone).replace(microsecond=line.time % 1_000_000)


def _control_bytes(text):
    """What rsyslog makes of them."""
    return re.sub(rb"[\x00-\x1f\x7f]", lambda match: b"#%03o" % match.group()[0], text)


def _syslog(stamp, line, sender, blanks=b" "):
    return (b"%s %s %s%s%s" % (stamp, line.host, sender, blanks, _text(line)))[:MAXIMUM_LINE] + b"\n"


def _text(line):
    return _control_bytes((b"[statistics] " if line.statistics else b"") + line.text)


def _sender(line):
    return b"%s[%d]:" % (line.program, line.pid)


def bsd(line, zone):
    moment = _moment(line, zone)
    return _syslog(f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}".encode(), line, _sender(line))


def rfc3339(line, zone):
    return _syslog(_moment(line, zone).isoformat(timespec="microseconds").encode(), line, _sender(line))


def rfc3339_utc(line, zone):
    return _syslog(f"{_moment(line, UTC):%Y-%m-%dT%H:%M:%SZ}".encode(), line, _sender(line))


def rfc3339_local(line, zone):
    """Without an offset: what an hour that comes twice means is told by the lines' order."""
    return _syslog(f"{_moment(line, zone):%Y-%m-%d %H:%M:%S.%f}".encode(), line, _sender(line))


def rfc5424(line, zone):
    stamp = b"<22>1 " + _moment(line, zone).isoformat(timespec="microseconds").encode()
    return _syslog(stamp, line, b"%s %d - -" % (line.program, line.pid), b"  ")


def solaris(line, zone):
    moment = _moment(line, zone)
    return _syslog(f"{moment:%b} {moment.day:2} {moment:%H:%M:%S}".encode(), line, _sender(line), b" [ID 702911 mail.notice] ")


def _fields(line):
    text = (b"[statistics] " if line.statistics else b"") + line.text
    return {b"__REALTIME_TIMESTAMP": b"%d" % (line.delivered + 400), b"__MONOTONIC_TIMESTAMP": b"%d" % (line.delivered % 10**12),
            b"_BOOT_ID": b"0123456789abcdef0123456789abcdef", b"_SOURCE_REALTIME_TIMESTAMP": b"%d" % line.time,
            b"_HOSTNAME": line.host, b"SYSLOG_IDENTIFIER": line.program, b"SYSLOG_PID": b"%d" % line.pid,
            b"PRIORITY": b"5", b"MESSAGE": text}


def journal_json(line, zone):
    """As journalctl --output=json --all: what is not text is an array of its bytes."""
    entry = {}
    for name, value in _fields(line).items():
        printable = not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", value)
        try:
            entry[name.decode()] = value.decode() if printable else list(value)
        except UnicodeDecodeError:
            entry[name.decode()] = list(value)
    return json.dumps(entry, ensure_ascii=line.pid % 2 == 0, separators=(",", ":")).encode() + b"\n"


def journal_export(line, zone):
    out = b""
    for name, value in _fields(line).items():
        if re.search(rb"[\x00-\x1f\x7f-\xff]", value):
            out += name + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
        else:
            out += name + b"=" + value + b"\n"
    return out + b"\n"


def own_file(line, zone):
    """milter-manager's own log file names neither host nor process."""
    stamp = f"[{_moment(line, UTC):%Y-%m-%dT%H:%M:%S.%f}Z]: ".encode()
    return stamp + line.text + b"\n" if line.program == b"milter-manager" else b""


ENCODINGS = {encode.__name__.replace("_", "-"): encode for encode in
             (bsd, solaris, rfc3339, rfc3339_utc, rfc3339_local, rfc5424, journal_json, journal_export, own_file)}
# Those of journals carry lines of any length; nor does milter-manager itself cut them.
WHOLE = {"journal-json", "journal-export", "own-file"}

PACKERS = {
    "gz": lambda log: gzip.compress(log, 1),
    "xz": lambda log: lzma.compress(log, preset=0),
    "zst": lambda log: subprocess.run(["zstd", "-1", "-q", "-c"], input=log, stdout=subprocess.PIPE, check=True).stdout,
}
