# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares archives with the truth, cell by cell, as rrdtool reads them: an implementation that is not ours."""
import math
import os
import pathlib
import subprocess

from .truth import QUANTILES, SOURCES

STEPS = 8  # minutes in the archives' second resolution
KEPT_MINUTES = 2880


def fetch(path, consolidation, step, begin, end):
    """Data sources, and {time: values} of the rows in (begin, end]."""
    out = subprocess.run(["rrdtool", "fetch", path, consolidation, "-r", str(step), "-s", str(begin), "-e", str(end)],
                         check=True, capture_output=True, env={"LC_ALL": "C", "PATH": os.environ["PATH"]}).stdout.decode()
    head, _, *lines = out.splitlines()
    rows = {}
    for line in lines:
        time, values = line.split(":", 1)
        if begin < int(time) <= end:
            rows[int(time)] = [float(value) for value in values.split()]
    return head.split(), rows


def same(stored, true):
    if math.isnan(stored) or math.isnan(true):
        return math.isnan(stored) and math.isnan(true)
    return math.isclose(stored, true, rel_tol=1e-9, abs_tol=1e-9)


def _minutes(name, truth):
    """{minute: values} of every minute from the first to the last: what nothing told of is 0."""
    kind = truth.kinds[name]
    zeros = dict.fromkeys(SOURCES[kind], 0.0)
    return {minute: list(truth.rows[name].get(minute, zeros).values()) for minute in range(truth.first, truth.alive + 1, 60)}


def _consolidated(minutes, names, function):
    """{time: values} of the rows of 8 minutes that are whole."""
    rows = {}
    for end in minutes:
        members = [end - 60 * back for back in range(STEPS)]
        if end % (60 * STEPS) == 0 and all(member in minutes for member in members):
            rows[end] = [function([minutes[member][at] for member in members]) for at in range(len(names))]
    return rows


def differences(directory, truth):
    """What is not as it was: sentences. Every file, minute and data source is looked at, in one-minute rows and in rows of 8."""
    directory = pathlib.Path(directory)
    stored_names = {path.name for path in directory.glob("*.rrd")}
    found = [f"{name} is missing" for name in sorted(truth.rows.keys() - stored_names)]
    found += [f"{name}: there is no such thing in the log" for name in sorted(stored_names - truth.rows.keys())]
    cells = 0
    for name in sorted(truth.rows.keys() & stored_names):
        expected_names = SOURCES[truth.kinds[name]]
        minutes = _minutes(name, truth)
        tables = [("MAX", 60, minutes), ("MAX", 480, _consolidated(minutes, expected_names, max)),
                  ("AVERAGE", 480, _consolidated(minutes, expected_names, lambda values: math.fsum(values) / len(values)))]
        for consolidation, step, expected in tables:
            if not expected:
                continue
            names, rows = fetch(directory / name, consolidation, step, min(expected) - step, max(expected))
            if names != expected_names:
                found.append(f"{name} has the data sources {names}")
                break
            for time, true in expected.items():
                for source, value, stored in zip(names, true, rows.get(time, [math.nan] * len(names))):
                    cells += 1
                    if step != 60 and source in QUANTILES:  # what rrdtool makes of unknown values is its own affair
                        continue
                    if not same(stored, value):
                        found.append(f"{name} {consolidation} {step} s at {time}, {source}: {stored} instead of {value}")
    if not cells:
        found.append("nothing was compared")
    return found
