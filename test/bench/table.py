# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of what was measured, beside what was wanted."""
import dataclasses
import statistics


@dataclasses.dataclass
class Row:
    what: str
    reference: str = ""  # what it is compared with
    measured: str = ""
    value: float = 0.0   # what the goal speaks of: a ratio, or MiB
    unit: str = ""
    at_least: float = None
    at_most: float = None
    notes: str = ""
    failure: str = ""    # why it was not measured

    def goal(self):
        if self.at_least is not None:
            return f"≥ {self.at_least:g}{self.unit}"
        return f"≤ {self.at_most:g}{self.unit}" if self.at_most is not None else ""

    def verdict(self):
        if self.failure:
            return "left out"
        if self.at_least is not None:
            return "met" if self.value >= self.at_least else "NOT MET"
        if self.at_most is not None:
            return "met" if self.value <= self.at_most else "NOT MET"
        return ""

    def cells(self):
        if self.failure:
            return [self.what, "", "", "", self.goal(), self.verdict(), self.failure.replace("\n", " ")]
        return [self.what, self.reference, self.measured, f"{self.value:.2f}{self.unit}", self.goal(), self.verdict(),
                self.notes]


HEADINGS = ["", "reference", "measured", "ratio/MiB", "goal", "", "notes"]


def table(rows):
    lines = [HEADINGS] + [row.cells() for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS) - 1)]
    text = ""
    for line in lines:
        cells = [cell.ljust(width) if column in (0, 5) else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        text += "  ".join([*cells, line[-1]]).rstrip() + "\n"
    return text


def of_rounds(ratios):
    """(median, "0.41–0.45")"""
    return statistics.median(ratios), f"{min(ratios):.2f}–{max(ratios):.2f}"
