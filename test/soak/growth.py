# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether processes grow: their memory and their descriptors, second by second, told by minutes."""
import dataclasses
import pathlib
import threading
import time

from telling import table

MINUTE = 60.0
REFERENCE = 3  # until then caches fill and allocators find their size
MINUTES_TO_JUDGE = 5
MOST_GROWTH_KIB = 1024


@dataclasses.dataclass
class Series:
    """One process, from its first sample on."""
    name: str
    pid: int
    began: float
    memory: dict = dataclasses.field(default_factory=dict)       # minute (from 1) -> least KiB resident
    descriptors: dict = dataclasses.field(default_factory=dict)  # minute -> fewest open
    ended: float = 0.0

    def add(self, now, kibibytes, descriptors):
        minute = int((now - self.began) / MINUTE) + 1
        self.memory[minute] = min(self.memory.get(minute, kibibytes), kibibytes)
        self.descriptors[minute] = min(self.descriptors.get(minute, descriptors), descriptors)
        self.ended = now

    def last(self):
        """The last minute that was whole."""
        return int((self.ended - self.began) / MINUTE)

    def is_judged(self):
        return self.last() >= MINUTES_TO_JUDGE

    def growth(self):
        return self.memory[self.last()] - self.memory[REFERENCE]

    def findings(self):
        if not self.is_judged():
            return
        if self.growth() > MOST_GROWTH_KIB:
            yield f"{self.name} ({self.pid}) grew by {self.growth()} KiB from minute {REFERENCE} to {self.last()}: {self.memory}"
        if self.descriptors[self.last()] > self.descriptors[REFERENCE]:
            yield (f"{self.name} ({self.pid}) has more descriptors in minute {self.last()} than in {REFERENCE}: "
                   f"{self.descriptors}")

    def row(self):
        """Cells of a table."""
        if not self.is_judged():
            return [self.name, f"{self.ended - self.began:.0f} s", "", "", "", "", "too short to be judged"]
        first, last = REFERENCE, self.last()
        return [self.name, f"{self.ended - self.began:.0f} s", f"{self.memory[first]} KiB", f"{self.memory[last]} KiB",
                f"{self.growth():+d} KiB", f"{self.descriptors[first]} → {self.descriptors[last]}",
                "grew" if list(self.findings()) else "flat"]


HEADINGS = ["process", "lived", f"minute {REFERENCE}", "last minute", "growth", "descriptors", ""]


@dataclasses.dataclass
class Sample:
    began: int  # clock ticks since boot
    memory: int
    descriptors: int


def sample_of(pid):
    """OSError when it has ended."""
    process = pathlib.Path(f"/proc/{pid}")
    began = int((process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    for line in (process / "status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return Sample(began, int(line.split()[1]), sum(1 for _ in (process / "fd").iterdir()))
    raise ProcessLookupError(pid)  # a zombie has none


class Watch:
    """Samples processes from a thread of its own, once started, until it is stopped. processes(): {pid: name} of those that live
    now. A later process may have the number of one that has ended."""

    def __init__(self, processes, sample=sample_of):
        self.processes, self.sample = processes, sample
        self.series = {}
        self.finished = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def start(self):
        self.thread.start()

    def run(self):
        while not self.finished.wait(1):
            self.look(time.monotonic())

    def look(self, now):
        for pid, name in self.processes().items():
            try:
                seen = self.sample(pid)
            except OSError:  # it has just ended
                continue
            self.series.setdefault((pid, seen.began, name), Series(name, pid, now)).add(now, seen.memory, seen.descriptors)

    def stop(self):
        self.finished.set()
        self.thread.join()

    def ordered(self):
        return sorted(self.series.values(), key=lambda series: (series.name, series.began))

    def findings(self):
        return [finding for series in self.ordered() for finding in series.findings()]

    def table(self):
        """Those that can be judged, and how many lived too shortly for it."""
        judged = [series for series in self.ordered() if series.is_judged()]
        short = len(self.series) - len(judged)
        text = table([HEADINGS, *(series.row() for series in judged)]) if judged else "no process lived long enough to be judged"
        for series in judged:
            text += f"\n{series.name}, KiB by minute: {' '.join(str(series.memory[minute]) for minute in sorted(series.memory))}"
        return text + (f"\n{short} others lived less than {MINUTES_TO_JUDGE} minutes" if short else "")
