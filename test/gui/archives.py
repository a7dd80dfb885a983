# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives as the analyzer makes them, with numbers that come from a formula: days and weeks can be seen in them."""
import itertools
import math
import pathlib
import shutil
import subprocess

STATUS = ["pass", "accept", "reject", "discard", "temporary_failure", "quarantine", "abort", "error"]
REPORT = ["spam", "virus", "uribl", "greylisting_pass", "spf_pass", "spf_fail", "sender_id_pass", "sender_id_fail", "dkim_pass",
          "dkim_fail", "dkim_adsp_pass", "dkim_adsp_fail", "tarpitting_pass"]
# Data source → how many a minute on average.
KINDS = {
    "session": dict(smtp=60, child=150, disconnected=4, concurrent=9),
    "milter-manager.status": dict(zip(STATUS, [12, 22, 15, 0.4, 6, 0.1, 2, 0.2])),
    "milter-manager.report": dict(zip(REPORT, [9, 0.5, 4, 7, 20, 3, 0, 0, 15, 1, 0, 0, 0])),
    "milter-manager.message": dict(zip(STATUS[:7], [8, 18, 9, 0.2, 4, 0.1, 1])) | dict(bytes=2e6, recipients=50, refused=12),
    "milter.status": dict(zip(STATUS + ["stop"], [12, 20, 9, 0.2, 3, 0, 1, 0.1, 8])),
    "milter.report": dict(zip(REPORT, [9, 0.5, 4, 7, 20, 3, 0, 0, 15, 1, 0, 0, 0])),
    "milter.message": dict(zip(STATUS[:7] + ["stop", "error"], [12, 20, 9, 0.2, 3, 0, 1, 8, 0.1])) | dict(rejected=5, deferred=3),
    "milter.load": dict(open=9, busy=3, busy_mean=3.1, busy_max=6, p50=0.4, p95=2.5, p99=5, errors=0.02, timeouts=0.01),
    "milter.evaluation": dict(zip(STATUS[:6], [5, 14, 6, 0.1, 2, 0])) | dict(rejected=2, deferred=1),
    "milter.greylist": dict(delayed_1=0.2, delayed_5=2, delayed_10=3, delayed_30=2, delayed_60=1, delayed_over=0.6),
}
ROWS = [("MAX", 8, 200), ("MAX", 56, 200), ("MAX", 280, 200), ("MAX", 3360, 200), ("AVERAGE", 8, 200), ("AVERAGE", 56, 200),
        ("AVERAGE", 280, 200), ("AVERAGE", 3360, 200), ("LAST", 8, 200), ("LAST", 56, 200), ("LAST", 280, 200),
        ("LAST", 3360, 200), ("MAX", 1, 2880), ("MAX", 1440, 3650), ("AVERAGE", 1440, 3650)]
MILTERS = ["clamav-milter", "milter-greylist", "opendkim", "spamass-milter"]
DAY = 86400


def activity(time):
    """How busy a moment is: 1 on average; nights and Sundays are quiet, and there are waves."""
    day = 1 + 0.6 * math.sin(2 * math.pi * (time % DAY / DAY - 0.35))
    week = 0.55 if time // DAY % 7 in (2, 3) else 1.15
    return day * week * (1 + 0.25 * math.sin(time / 5400) * math.sin(time / 700) + 0.3 * (time // (40 * DAY) % 3 == 0))


def value(average, place, time):
    return average * activity(time + 1700 * place) * (1 + 0.3 * math.sin(time / (900 + 130 * place)))


def make(path, kind, newest, spans, gap=None):
    """An archive of one kind up to `newest`. `spans`: (seconds back, seconds a step), the longest first. `gap`: (from, to), unknown."""
    averages = KINDS[kind]
    begin = newest - spans[0][0]
    coarsest = max(step for _, step in spans)
    subprocess.run(["rrdtool", "create", path, "--start", str(begin - 60), "--step", "60",
                    *(f"DS:{name}:GAUGE:{max(180, coarsest * 2)}:U:U" for name in averages),
                    *(f"RRA:{function}:0.5:{steps}:{rows}" for function, steps, rows in ROWS)], check=True)
    ends = [newest - back for back, _ in spans[1:]] + [newest + 1]
    times = itertools.chain(*(range(newest - back, end, step) for (back, step), end in zip(spans, ends)))
    updates = []
    for time in times:
        if gap and gap[0] <= time < gap[1]:
            values = ["U"] * len(averages)
        else:
            values = [f"{value(average, place, time):.3f}" for place, average in enumerate(averages.values())]
        updates.append(f"{time}:{':'.join(values)}")
    commands = "".join(f"update {path} {' '.join(updates[at:at + 200])}\n" for at in range(0, len(updates), 200))
    done = subprocess.run(["rrdtool", "-"], input=commands.encode(), capture_output=True, check=True)
    assert b"ERROR" not in done.stdout, done.stdout[:300]
    if coarsest > 90:
        subprocess.run(["rrdtool", "tune", path, *itertools.chain(*(("-h", f"{name}:180") for name in averages))], check=True)


def folder(path, newest, days=9, milters=MILTERS, spans=None, trial="clamav-milter"):
    """A folder of archives. Milters that are many share the same numbers: their files are copies."""
    path = pathlib.Path(path)
    path.mkdir(parents=True, exist_ok=True)
    newest = newest // 60 * 60
    spans = spans or [(days * DAY, 120)]
    gap = (newest - DAY * 5 // 3, newest - DAY * 4 // 3)
    for kind in KINDS:
        if not kind.startswith("milter."):
            make(path / f"{kind}.rrd", kind, newest, spans, gap)
    for kind in KINDS:
        if not kind.startswith("milter."):
            continue
        wanted = [milter for milter in milters
                  if (kind != "milter.evaluation" or milter == trial) and (kind != "milter.greylist" or "grey" in milter)]
        for milter in wanted[:1]:
            make(path / f"{kind}.{milter}.rrd", kind, newest, spans, gap)
        for milter in wanted[1:]:
            shutil.copy(path / f"{kind}.{wanted[0]}.rrd", path / f"{kind}.{milter}.rrd")
    return path
