#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the shape of the sources: which room includes which, that every file names its licence, how long files are.

    layout.py [PROJECT-ROOT]

Prints one line a finding, with file and line; exit status 1 if there is any. share/doc/architecture.md has the reasons.
"""
import pathlib
import re
import subprocess
import sys

# Room -> the rooms that it may include besides itself. An arrow is never implied by two others.
ROOMS = {
    "core/protocol": [],
    "core/statistics": [],
    "core/message": ["core/protocol"],
    "core/session": ["core/protocol", "core/message", "core/statistics"],
    "core/net": [],
    "core/log": ["core/statistics"],
    "core/config": ["core/net", "core/log"],
    "core/detect": ["core/config", "core/net"],
    "core/condition": ["core/config", "core/protocol", "core/net"],
    "core/ruby": ["core/config", "core/detect", "core/condition", "core/net"],
    "core/proxy": ["core/protocol", "core/message", "core/statistics", "core/session", "core/net", "core/log", "core/config"],
    "core/supervision": ["core/proxy", "core/session", "core/statistics", "core/net", "core/log", "core/config"],
    "core/control": ["core/supervision", "core/metrics", "core/statistics", "core/net", "core/log", "core/config"],
    "core/metrics": ["core/supervision", "core/statistics", "core/proxy", "core/net", "core/log", "core/config"],
    "core/launcher": ["core/supervision", "core/statistics", "core/net", "core/log", "core/config"],
    "core/tools": ["core/protocol", "core/message", "core/net"],
    "core/maillog": ["core/statistics"],
    "core/archive": [],
    "milter-manager-log-analyzer": ["core/maillog", "core/archive"],
    "milter-report/model": ["core/maillog", "core/statistics", "core/archive"],
    "milter-report": ["milter-report/model", "core/maillog", "core/statistics", "core/archive"],
    "gui/model": ["milter-report/model", "core/archive", "core/maillog", "core/statistics"],
    "gui/source": ["gui/model", "milter-report/model", "core/archive", "core/maillog", "core/statistics", "core/control", "core/net"],
    "gui/chart": ["gui/model"],
    "gui/pages": ["gui/chart", "gui/source", "gui/model", "milter-report/model", "core/archive", "core/maillog", "core/statistics"],
    "gui": ["gui/pages", "gui/chart", "gui/source", "gui/model"],
    "examples": ["core/protocol", "core/net"],
}
# Rooms that meet everything: a program's main, and the tests.
OPEN_ROOMS = ["core/daemon", "test"]
# Headers that only some rooms may include, and why.
HEADERS = [
    (r"ruby(/.*)?\.h", ["core/ruby"], "CRuby longjmps: one room keeps it in"),
    (r"rrd.*\.h", ["core/archive", "milter-manager-log-analyzer"], "archives are one room's, drawing the analyzer's"),
    (r"uv\.h", ["core/net", "core/daemon"], "the loop is core/net's"),
    (r"ares.*\.h", ["core/net"], "names are core/net's"),
    (r"syslog\.h", ["core/log"], "syslog is core/log's"),
    (r"sys/socket\.h|sys/un\.h|netdb\.h", ["core/net", "core/log", "core/condition", "core/proxy", "core/supervision", "core/control",
     "core/metrics", "core/launcher", "core/daemon", "core/tools"],
     "protocol, statistics, message, session and the readers of logs do no I/O"),
    (r"QtCharts(/.*)?|QChart|QChartView|Q[A-Z][a-z]+Series|Q[A-Z][a-z]+Axis", ["gui/chart"], "Qt Charts, deprecated from Qt 6.10, is one widget's"),
    (r"QtWidgets(/.*)?|Q[A-Za-z]*Widget|QApplication", ["gui/chart", "gui/pages", "gui"], "models and sources have no widgets"),
    (r"iostream|sstream|format|ranges|regex", [], "fmt formats, clang 14 has neither <format> nor <ranges>"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LONGEST = 600
NO_LICENCE = re.compile(r"(^|/)(golden|corpus|fixtures)/|\.(gz|png|json|log|css\.map)$|^LICENSE$|^\.git|^\.clang-format$")
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"


def files(root):
    """What git knows or would add; all there is, outside a repository (a release's archive)."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [str(path.relative_to(root)) for path in root.rglob("*") if "build" not in path.relative_to(root).parts]
    return sorted({name for name in names if (root / name).is_file() and not (root / name).is_symlink()})


def room_of(name):
    rooms = [room for room in [*ROOMS, *OPEN_ROOMS] if name.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def includes(name, text):
    """Findings on the include lines of one C++ file."""
    room = room_of(name)
    if room is None and name != "core/result.h":
        yield 1, f"{name} is in no room that test/layout/layout.py knows"
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        for pattern, allowed, why in HEADERS:
            if quote == "<" and re.fullmatch(pattern, header) and room != "test" and room not in allowed:
                yield number, f"<{header}> may not be included here: {why}"
        if quote == "<" or room in OPEN_ROOMS or header == "core/result.h":
            continue
        if "/" not in header or header.startswith("."):
            yield number, f'"{header}" is not written from the project\'s root'
            continue
        other = room_of(header)
        if other != room and other not in ROOMS.get(room, []):
            yield number, f'{room} may not include "{header}"'


def check(root):
    for name in files(root):
        path = root / name
        text = path.read_bytes().decode("utf-8", "replace")
        if not NO_LICENCE.search(name) and SPDX not in "\n".join(text.splitlines()[:5]):
            yield name, 1, f"has no line {SPDX}"
        if name.endswith((".cc", ".h", ".py", ".rb", ".sh", ".js")) or "." not in pathlib.PurePath(name).name:
            count = text.count("\n")
            if count > LONGEST and "/golden/" not in name and name != "LICENSE":
                yield name, LONGEST, f"has {count} lines: split it (the limit is {LONGEST})"
        if name.endswith((".cc", ".h")):
            for number, finding in includes(name, text):
                yield name, number, finding
            if name.endswith(".h") and "#pragma once" not in text:
                yield name, 1, "has no #pragma once"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()
    findings = 0
    for name, number, finding in check(root):
        print(f"{name}:{number}: {finding}")
        findings += 1
    print(f"{findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
