# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes up what some hosts' milter managers did, the log lines that tell of it, and the true counts.

    history = History(Shape(begin=1789344000, minutes=120), seed=1)
    history.lines         in the order in which they reach the log
    history.truth         the counts; history.truth_of_cut_log where the logger cuts long lines

The same seed makes the same history.
"""
import dataclasses
import random

from . import events
from .truth import Truth

SECOND = 1_000_000
MINUTE = 60 * SECOND

MILTERS = [b"milter-greylist", b"spamass-milter", b"clamav-milter", b"opendkim", b"rspamd.local"]
# Names that would like to be paths, expressions or markup. Only what escapes can carry control bytes.
HOSTILE = [b"../x", b"a:b", b"q'uo\"te", b"per%cent", b"<b>bold</b>", b"back\\slash", b"bad\xff\xfeutf-8", "日本".encode(), b"[x] y"]
HOSTILE_ESCAPED = [b"nul\0byte", b"line\nfeed", b"hash#012", b"long-" + b"n" * 240, b"long-" + b"n" * 239 + b"/"]

# What no reader may count.
NOISE = [
    (b"postfix/smtpd", b"connect from mx6.example.net[192.0.2.6]"),
    (b"postfix/smtpd", b"milter-manager[1]: [statistics] [session][end][end-of-message][reject][1](1)"),
    (b"sshd", b"Invalid user [statistics] [session][end][end-of-message][reject][1](1) from 192.0.2.7"),
    (b"milter-manager-x", b"[statistics] [session][end][end-of-message][reject][1](1)"),
    (b"milter-manager", b"[warning] says [statistics] [session][end][end-of-message][reject][1](1)"),
    (b"milter-manager", b"[12] [session][end]"),
]


@dataclasses.dataclass
class Shape:
    begin: int = 1789344000        # Unix seconds
    minutes: int = 120
    hosts: tuple = (b"mail", b"mx1.example.org")
    processes: int = 2             # on each host; the first of a host with several is its supervisor
    sessions_per_minute: float = 6.0  # of each process
    milters: tuple = tuple(MILTERS + HOSTILE)
    original: bool = True          # the first host runs the predecessor
    lateness: float = 80.0         # seconds that a line may need to reach the log
    lost: float = 0.01             # share of the lines that never do
    noise: float = 0.5             # other programs' lines for each of ours
    last_host_falls_silent: bool = False  # at half time
    long_values: bool = True       # some are longer than a logger passes on


@dataclasses.dataclass
class Line:
    time: int                      # microseconds since 1970
    host: bytes
    program: bytes
    pid: int
    text: bytes
    delivered: int = 0             # microseconds
    statistics: bool = True
    effects: list = dataclasses.field(default_factory=list)  # called with (truth, cut)


class Process:
    def __init__(self, host, pid, style):
        self.host, self.pid, self.style = host, pid, style
        self.tag = 0
        self.lines = []

    def next_tag(self):
        self.tag += 1
        return self.tag

    @property
    def key(self):
        return (self.host, self.pid)

    def say(self, time, text, *effects):
        self.lines.append(Line(time, self.host, b"milter-manager", self.pid, text, effects=list(effects)))


def count(kind, source, time, number=1, milter=None):
    return lambda truth, cut: truth.add(kind, source, time, number, milter)


class History:
    def __init__(self, shape, seed=1):
        self.shape = shape
        self.random = random.Random(seed)
        self.begin, self.end = shape.begin * SECOND, (shape.begin + shape.minutes * 60) * SECOND
        self.truth, self.truth_of_cut_log = Truth(), Truth()
        self.lines = []
        for number, host in enumerate(shape.hosts):
            style = events.Original if shape.original and number == 0 else events.Own
            for index in range(shape.processes):
                self._live(Process(host, 400 + 100 * number + index, style), index == 0)
            self._noise(host)
        self.lines.sort(key=lambda line: line.delivered)

    def _end(self, host):
        is_silent = self.shape.last_host_falls_silent and host == self.shape.hosts[-1]
        return (self.begin + self.end) // 2 if is_silent else self.end

    def _live(self, process, is_supervisor):
        milters = [*self.shape.milters, *(HOSTILE_ESCAPED if process.style.own and len(self.shape.milters) > 3 else [])]
        time = self.begin + self.random.randrange(SECOND)
        rate = self.shape.sessions_per_minute / MINUTE
        open_sessions = 0
        while True:
            time += int(self.random.expovariate(rate)) + 1
            if time >= self._end(process.host) - 10 * SECOND:
                break
            open_sessions = max(0, open_sessions + self.random.choice((-1, 0, 1)))
            self._session(process, time, milters, open_sessions)
        if process.style.own:
            self._beats(process, milters if is_supervisor else [])
        self._deliver(process)

    # --- One connection.

    def _session(self, process, begin, milters, open_sessions):
        rnd, style = self.random, process.style
        asked = rnd.sample(milters, min(len(milters), rnd.randint(1, 4)))
        tag, time = process.next_tag(), begin
        tags = {milter: process.next_tag() for milter in asked}
        old_form = not style.own and rnd.random() < 0.03
        if not style.own and rnd.random() < 0.3:
            process.say(time, b"[session][start](%d)" % tag)
            for milter in asked:
                process.say(time, b"[milter][start](%d): %s" % (tags[milter], milter))
        for number in range(1, rnd.choice((1, 1, 1, 2, 5)) + 1):
            time += rnd.randrange(1, SECOND)
            self._headers(process, time, tag, tags)
            if style.own:
                self._message(process, time, tag, number, tags)
        time += rnd.randrange(1, SECOND)
        for milter in asked:
            self._milter_end(process, time, tags[milter], milter, old_form)
        seconds = events.elapsed(rnd)
        if rnd.random() < 0.02:
            process.say(time, b"[session][disconnected][%s](%d)" % (seconds, tag), count("session", "disconnected", time))
        if rnd.random() < 0.02:
            process.say(time, b"[reply][end-of-message][quarantine](%d)" % tag, count("milter-manager.status", "quarantine", time))
        if old_form:
            process.say(time, b"[session][end][%s](%d)" % (seconds, tag), count("session", "smtp", time))
            self._old_answers(process, time)
        else:
            status = rnd.choice(events.STATUSES)
            process.say(time, style.session_end(rnd.choice(events.STATES), status, seconds, tag),
                        count("session", "smtp", time), count("milter-manager.status", status, time))
        process.say(time, b"[sessions][finished] %d(+1) %d" % (tag, open_sessions),
                    lambda truth, cut: truth.largest("session", "concurrent", time, process.key, open_sessions))

    def _old_answers(self, process, time):
        process.say(time, b"[reply][end-of-message][continue]", count("milter-manager.status", "pass", time))
        process.say(time, b"[reply][envelope-from][continue]")
        process.say(time, b"[reply][envelope-recipient][temporary-failure]", count("milter-manager.status", "temporary_failure", time))
        process.say(time, b"[abort][data]", count("milter-manager.status", "abort", time))
        process.say(time, b"[a][tag][of][later](1) times", None)

    def _milter_end(self, process, time, tag, milter, old_form):
        seconds = events.elapsed(self.random)
        child = count("session", "child", time)
        if old_form:
            process.say(time, b"[milter][end][%s](%d): %s" % (seconds, tag, milter), child)
            return
        status = self.random.choice([*events.STATUSES, "stop"])
        process.say(time, process.style.milter_end(self.random.choice(events.STATES), status, seconds, tag, milter), child,
                    count("milter.status", status, time, 1, milter))

    def _headers(self, process, time, session_tag, tags):
        rnd = self.random
        for milter, tag in tags.items():
            if rnd.random() < 0.4:
                continue
            header, value, keys, delay = rnd.choice(events.REPORTS)
            if self.shape.long_values and rnd.random() < 0.03 and "spam" not in keys:  # that one is the whole value
                value += b" " + b"x" * rnd.choice((1500, 8500, 12000))

            # Where the logger cuts the line, nobody knows whose header it was.
            is_cut = len(value) > 8192 and not process.style.own

            def report(truth, cut, milter=milter, keys=keys, delay=delay, is_cut=is_cut):
                known = not (cut and is_cut)
                for key in keys:
                    truth.add("milter-manager.report", key, time)
                    if known:
                        truth.add("milter.report", key, time, 1, milter)
                if delay is not None and known:
                    truth.greylisted(time, delay, milter)

            process.say(time, process.style.header_add(tag, header, value, milter), report)
            if rnd.random() < 0.3:
                process.say(time, process.style.session_header_add(session_tag, header, value))

    # --- Events of our own.

    def _message(self, process, time, session, number, tags):
        rnd = self.random
        queue_id = rnd.choice((b"", b"4Bx2k:1", b"%X" % rnd.getrandbits(40)))
        recipients, refused = rnd.randint(0, 20), rnd.randint(0, 3)
        for milter, child in tags.items():
            status = rnd.choice([*events.STATUSES, "stop"])
            group, cause = rnd.choice(("enforced", "evaluated")), rnd.choice(("answer", "fallback", "condition", "overruled", "cut"))
            rejected, deferred = rnd.randint(0, 2), rnd.randint(0, 2)
            kind = "milter.message" if group == "enforced" else "milter.evaluation"

            def verdict(truth, cut, milter=milter, status=status, kind=kind, cause=cause, sums=(rejected, deferred)):
                is_error = kind == "milter.message" and (status == "error" or cause == "fallback")
                if status != "error":
                    truth.add(kind, status, time, 1, milter)
                truth.add(kind, "error", time, int(is_error), milter)
                for source, value in zip(("rejected", "deferred"), sums):
                    truth.add(kind, source, time, value, milter)

            process.say(time, events.Own.milter_message(
                rnd.choice(events.STATES), status, group, cause, (recipients, rejected, deferred),
                (rnd.expovariate(2), rnd.expovariate(5)), rnd.choice((None, time / SECOND)), (session, number, child),
                (queue_id, b"S25R: x" if cause == "condition" else b"", milter)), verdict)
        status, size = rnd.choice(events.STATUSES[:7]), rnd.randrange(100_000)
        sums = {"bytes": size, "recipients": recipients, "refused": refused, status: 1}
        process.say(time, events.Own.message_end(rnd.choice(events.STATES), status, rnd.expovariate(1), size, recipients, refused,
                                                 session, number, queue_id),
                    *[count("milter-manager.message", source, time, value) for source, value in sums.items()])

    def _beats(self, process, milters):
        """Heartbeats and loads, once a minute, and the first before everything else. What they tell is filled in last."""
        first = min([line.time for line in process.lines], default=self.begin + 1) - 1
        for time in range(first, self._end(process.host) - 6 * SECOND, MINUTE):
            process.say(time, None)
            for milter in milters:
                self._load(process, time + 1, milter)

    def _load(self, process, time, milter):
        rnd = self.random
        numbers = (rnd.randint(0, 9), rnd.randint(0, 5), round(rnd.random() * 3, 6), rnd.randint(0, 9))
        quantiles = [None] * 3 if rnd.random() < 0.3 else sorted(round(rnd.expovariate(2), 6) for _ in range(3))
        timeouts = rnd.randint(0, 2)
        sums = (rnd.randint(0, 90), timeouts + rnd.randint(0, 2), timeouts)

        def load(truth, cut):
            for source, value in zip(("open", "busy", "busy_mean", "busy_max"), numbers):
                truth.largest("milter.load", source, time, process.key, value, milter)
            for source, value in zip(("p50", "p95", "p99"), quantiles):
                truth.worst("milter.load", source, time, value, milter)
            for source, value in zip(("errors", "timeouts"), sums[1:]):
                truth.add("milter.load", source, time, value, milter)

        process.say(time, events.Own.milter_load(60.0, time / SECOND, numbers, quantiles, sums, milter), load)

    # --- From the process to the log.

    def _deliver(self, process):
        """Lines of one process keep their order. Some never arrive, some the process itself cannot get rid of."""
        rnd = self.random
        process.lines.sort(key=lambda line: line.time)
        delivered, written, dropped, lost_since = 0, 0, 0, 0
        before = None   # of the last heartbeat: written, dropped
        arrived = 0     # since the last heartbeat
        for line in process.lines:
            beat = line.text is None
            if beat:
                line.text = events.Own.heartbeat(60.0, line.time / SECOND, written, process.tag, 3, 9, dropped)
            elif process.style.own and rnd.random() < self.shape.lost / 4:
                dropped += 1
                continue
            written += 1
            if not beat and process.style.own and rnd.random() < self.shape.lost:
                lost_since += 1
                continue
            arrived += 1
            if beat:
                # The first heartbeat knows of nothing before it but what is in the log, itself included.
                new = (arrived, 0) if before is None else (written - 1 - before[0], dropped - before[1])
                line.effects.append(self._heartbeat(process, line.time, new[0], lost_since if before else 0, new[1]))
                before, arrived, lost_since = (written - 1, dropped), 0, 0
            if rnd.random() < 0.05:
                delivered = max(delivered, line.time + int(rnd.uniform(0, self.shape.lateness) * SECOND))
            delivered = max(delivered, line.time)
            line.delivered = delivered
            self._arrive(line)

    @staticmethod
    def _heartbeat(process, time, lines, lost, dropped):
        def beat(truth, cut):
            truth.largest("health", "processes", time, process.key, 1)
            for source, value in (("lines", lines), ("lost", lost), ("dropped", dropped)):
                truth.add("health", source, time, value)
        return beat

    def _arrive(self, line):
        self.lines.append(line)
        for truth, cut in ((self.truth, False), (self.truth_of_cut_log, True)):
            truth.line(line.time)
            if None not in line.effects:  # None: an event that no reader knows
                truth.event(line.time)
                for effect in line.effects:
                    effect(truth, cut)

    def _noise(self, host):
        number = int(len([line for line in self.lines if line.host == host]) * self.shape.noise)
        # Each host is heard from in every minute.
        end = self._end(host)
        times = [*range(self.begin + 30 * SECOND, end, MINUTE), *(self.random.randrange(self.begin, end) for _ in range(number))]
        for time in times:
            program, text = self.random.choice(NOISE)
            line = Line(time, host, program, self.random.randint(1, 65535), text, time, statistics=False)
            self.lines.append(line)
            for truth in (self.truth, self.truth_of_cut_log):
                truth.line(time)
