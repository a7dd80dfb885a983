# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured. Each function gives rows; ratios are taken round by round, against the reference of the same round."""
import json
import os
import statistics
import time

from table import Row, of_rounds
from world import CannotRun

VERSION_2 = ["--offer-version", "2", "--offer-actions", "0x1f", "--offer-steps", "0x7f"]
MEGABYTE = ["--body", "1048576"]


class Path:
    """One way from the load to the children, measured once a round."""

    def __init__(self, name, peer, *options, connections=10):
        self.name = name
        self.process, self.spec = peer  # whose CPU time is counted, where it listens
        self.options = ["--connections", connections, *options]
        self.rates, self.cpu, self.p50, self.p99 = [], [], [], []

    def measure(self, world, seconds):
        before = self.process.cpu_seconds()
        report = world.load(self.name, self.spec, "--seconds", seconds, *self.options)
        sessions = max(report["sessions"], 1)
        self.rates.append(report["sessions_per_second"])
        self.cpu.append((self.process.cpu_seconds() - before) / sessions * 1e6)
        self.p50.append(report["latency_ms"]["p50"])
        self.p99.append(report["latency_ms"]["p99"])

    def rate(self):
        return f"{statistics.median(self.rates):,.0f}/s"

    def microseconds(self):
        return f"{statistics.median(self.cpu):,.0f} µs"

    def latency(self):
        return f"p50 {statistics.median(self.p50):.1f} ms, p99 {statistics.median(self.p99):.1f} ms"


def in_rounds(world, paths, rounds, seconds, show):
    for number in range(rounds):
        for path in paths:
            show(f"round {number + 1} of {rounds}: {path.name}")
            path.measure(world, seconds)


def compare(what, path, reference, at_least=None):
    ratio, spread = of_rounds([ours / theirs for ours, theirs in zip(path.rates, reference.rates)])
    return Row(what, reference.rate(), path.rate(), ratio, at_least=at_least, notes=f"{spread}; {path.latency()}")


def compare_cpu(what, path, reference, at_most):
    ratio, spread = of_rounds([ours / theirs for ours, theirs in zip(path.cpu, reference.cpu)])
    return Row(what, reference.microseconds(), path.microseconds(), ratio, at_most=at_most, notes=spread)


class Topology:
    """Three children, reached directly and through managers with one and with three of them."""

    def __init__(self, world, family):
        self.family = family
        self.children = [world.child(family) for _ in range(3)]
        self.child = self.children[0]
        self.specs = [spec for _, spec in self.children]
        self.one = world.manager(family, self.specs[:1])
        self.three = world.manager(family, self.specs)

    def stop(self, world):
        world.stop(*[process for process, _ in [self.one, self.three, *self.children]])


class StoppedAtConnect:
    """Three children, of which a condition stops two at connect: these must not be contacted at all."""

    def __init__(self, world, spec, by, stopper):
        self.what = f"unix, 4 KiB, 3 children, 2 of them stopped at connect by {by} (to 1 child)"
        self.path = None
        self.children = [world.child("unix") for _ in range(2)]
        try:
            manager = world.manager("unix", [spec, *[other for _, other in self.children]], stopped=(2, 3),
                                    stopper=stopper)
            self.path = Path(self.what, manager)
        except CannotRun as reason:
            self.reason = str(reason)

    def row(self, world, one):
        if self.path:
            world.stop(self.path.process)
        world.stop(*[process for process, _ in self.children])
        if not self.path:
            return Row(self.what, failure=self.reason)
        reached = sum(json.loads(process.text())["messages"] for process, _ in self.children)
        if reached == 0:
            return compare(self.what, self.path, one, 0.8)
        reason = f"the milters that were to be stopped got {reached:,} messages"
        world.failures.append(f"{self.what}: {reason}")
        return Row(self.what, failure=reason)


def small_mails(world, rounds, seconds, show):
    """Unix sockets, 20 headers, 4 KiB."""
    what = "unix, 4 KiB"
    topology = Topology(world, "unix")
    direct = Path(f"{what}, direct", topology.child)
    one = Path(f"{what}, 1 child", topology.one)
    three = Path(f"{what}, 3 children", topology.three)
    many_direct = Path(f"{what}, 500 connections, direct", topology.child, connections=500)
    many_one = Path(f"{what}, 500 connections, 1 child", topology.one, connections=500)
    many_three = Path(f"{what}, 500 connections, 3 children", topology.three, connections=500)
    old_direct = Path("unix, MTA of version 2, direct", topology.child, *VERSION_2)
    old_one = Path("unix, MTA of version 2, 1 child", topology.one, *VERSION_2)
    paths = [direct, one, three, many_direct, many_one, many_three, old_direct, old_one]
    stopped = [StoppedAtConnect(world, topology.specs[0], "a built-in condition", "Remote Network"),
               StoppedAtConnect(world, topology.specs[0], "a Ruby block", "Never")]
    paths[3:3] = [by.path for by in stopped if by.path]
    in_rounds(world, paths, rounds, seconds, show)
    topology.stop(world)
    return [
        compare(f"{what}, 1 child", one, direct, 0.40),
        compare(f"{what}, 3 children", three, direct, 0.20),
        *[by.row(world, one) for by in stopped],
        compare(f"{what}, 1 child, 500 connections (to 10)", many_one, one, 0.9),
        compare(f"{what}, 3 children, 500 connections (to 10)", many_three, three, 0.9),
        compare(f"{what}, direct, 500 connections (to 10)", many_direct, direct),
        compare("unix, 4 KiB, MTA of version 2, 1 child", old_one, old_direct, 0.25),
        compare_cpu("CPU a session to the child's, 1 child", one, direct, 2.5),
        compare_cpu("CPU a session to the child's, 3 children", three, direct, 5.5),
    ]


class OneByOne:
    """Several milters that a MTA asks itself, one after the other: what it waits for them adds up."""

    def __init__(self, paths):
        self.rates = [1 / sum(1 / rate for rate in rates) for rates in zip(*[path.rates for path in paths])]

    rate = Path.rate


def greylisting(world, rounds, seconds, show):
    """Mail from a host that looks like an MTA, which S25R spares the grey list. Each milter thinks 2 ms before each reply; one
    connection."""
    headers_unanswered, no_content = 0x80, 0x70
    grey = world.child("unix", "--delay", 2, "--steps", no_content)
    content = world.child("unix", "--delay", 2, "--steps", headers_unanswered)
    manager = world.manager("unix", [grey[1], content[1]], stopped=(1,), stopper="S25R")
    both = [Path("grey list, direct", grey, connections=1), Path("content, direct", content, connections=1)]
    through = Path("grey list left out, content", manager, connections=1)
    in_rounds(world, [*both, through], rounds, seconds, show)
    world.stop(*[process for process, _ in [manager, grey, content]])
    what = "host like an MTA: content, the grey list left out by S25R (to both, direct)"
    return [compare(what, through, OneByOne(both), 1)]


def shares(world, family, what, options, rounds, seconds, show):
    """Direct, 1 child, 3 children: nothing else."""
    topology = Topology(world, family)
    direct = Path(f"{what}, direct", topology.child, *options)
    one = Path(f"{what}, 1 child", topology.one, *options)
    three = Path(f"{what}, 3 children", topology.three, *options)
    in_rounds(world, [direct, one, three], rounds, seconds, show)
    topology.stop(world)
    return [compare(one.name, one, direct, 0.40), compare(three.name, three, direct, 0.20)]


def tcp(world, rounds, seconds, show):
    return shares(world, "inet", "TCP, 4 KiB", [], rounds, seconds, show)


def large_mails(world, rounds, seconds, show):
    return shares(world, "unix", "unix, 1 MiB", MEGABYTE, rounds, seconds, show)


def statistics_lines(world, rounds, seconds, show):
    """What writing the lines costs: against a manager that writes none."""
    child, spec = world.child("unix")
    without = Path("statistics: none", world.manager("unix", [spec], log="none"))
    with_file = Path("statistics: file", world.manager("unix", [spec]))
    paths = [without, with_file]
    try:
        sink, socket = world.sink()
        with_syslog = Path("statistics: syslog", world.manager("unix", [spec], log="syslog", dev_log=socket))
        paths.append(with_syslog)
    except CannotRun as reason:
        with_syslog = None
        left_out = Row("statistics lines to syslog (to none)", failure=str(reason))
    in_rounds(world, paths, rounds, seconds, show)
    rows = [compare("statistics lines to a file (to none)", with_file, without, 0.97)]
    rows.append(compare("statistics lines to syslog (to none)", with_syslog, without) if with_syslog else left_out)
    for row, path in zip(rows, paths[1:]):
        row.notes += f"; CPU {path.microseconds()} to {without.microseconds()}"
    world.stop(*[path.process for path in paths], child, sink)
    return rows


def conditions(world, rounds, show):
    """How long sessions wait for a condition in Ruby, while it sleeps for another session and while it does not."""
    reports = []
    for number in range(rounds):
        show(f"round {number + 1} of {rounds}: a condition in Ruby")
        reports.append(world.wait_for_conditions())
    rows = []
    for quantile, name in (("p50", "median"), ("p99", "p99")):
        alone = [report["alone"][quantile] for report in reports]
        beside = [report["beside a sleeper"][quantile] for report in reports]
        ratio, spread = of_rounds([ours / theirs for ours, theirs in zip(beside, alone)])
        rows.append(Row(f"200 sessions wait for a condition in Ruby, {name}, beside one for which it sleeps (to alone)",
                        f"{statistics.median(alone):,.0f} µs", f"{statistics.median(beside):,.0f} µs", ratio, at_most=2,
                        notes=spread))
    return rows


def memory(world, sessions, show):
    """Resident memory of the manager, each time a fresh one."""
    children = [world.child("unix") for _ in range(3)]
    specs = [spec for _, spec in children]
    rows = []

    def added(what, specs_, at_most, *options):
        show(what)
        manager, spec = world.manager("unix", specs_)
        time.sleep(1)
        start = manager.rss_mib()
        manager.forget_peak()
        world.load(what, spec, *options)
        peak = manager.peak_rss_mib()
        world.stop(manager)
        rows.append(Row(what, f"{start:.1f} MiB", f"{peak:.1f} MiB", peak - start, " MiB", at_most=at_most))
        return start

    idle = ["--connections", 500, "--hold", "helo", "--seconds", 3]
    bodies = ["--connections", 20, "--sessions", 20, "--body", 10 << 20, "--timeout", 120]
    start = added("memory, 500 idle sessions, 3 children", specs, 12, *idle)
    added("memory, twenty 10 MiB bodies at once, 1 child", specs[:1], 16, *bodies)
    added("memory, twenty 10 MiB bodies at once, 3 children", specs, 72, *bodies)
    rows.insert(0, Row("memory at start, 3 children", "", f"{start:.1f} MiB", start, " MiB", at_most=20))

    what = f"memory, {sessions:,} sessions, 3 children (to after a tenth)"
    show(what)
    manager, spec = world.manager("unix", specs, log="null")
    world.load(what, spec, "--connections", 10, "--sessions", sessions // 10)
    tenth = manager.rss_mib()
    world.load(what, spec, "--connections", 10, "--sessions", sessions - sessions // 10)
    end = manager.rss_mib()
    world.stop(manager, *[process for process, _ in children])
    rows.append(Row(what, f"{tenth:.1f} MiB", f"{end:.1f} MiB", end - tenth, " MiB", at_most=1))
    return rows


def cores():
    """Keeps this process and all that it starts on the first two cores."""
    mine = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, mine)
    return len(mine)
