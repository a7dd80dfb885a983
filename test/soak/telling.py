# SPDX-License-Identifier: GPL-3.0-or-later
"""What a soak is told on its command line, and what it tells."""
import argparse
import pathlib
import random

MOST_TOLD = 50  # one fault may be found a thousand times


def options_of(name, description, minutes):
    """Parses the command line, and prints the one that does the same again."""
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = pathlib.Path(__file__).resolve().parents[2]
    arguments.add_argument("--programs", type=pathlib.Path, default=root / "build/dev", help="a build directory")
    arguments.add_argument("--minutes", type=float, default=minutes, help=f"how long ({minutes})")
    arguments.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="what happens, and when (random)")
    arguments.add_argument("--keep", action="store_true", help="keep the directory with configuration and log")
    options = arguments.parse_args()
    options.programs = options.programs.resolve()
    print(f"test/soak/{name} --minutes {options.minutes:g} --seed {options.seed}", flush=True)
    return options


def table(lines):
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def print_logs(directory):
    """Where a run breaks off: what its programs said last."""
    for path in sorted([*directory.glob("*.out"), *directory.glob("log/*"), *directory.glob("*/maillog")]):
        print(f"--- {path.name}\n{path.read_text(encoding='utf-8', errors='replace')[-4000:]}")


def tell(findings, kept):
    """The exit status. kept: the directory that is left for who wants to know more."""
    for finding in findings[:MOST_TOLD]:
        print(f"FOUND {finding}")
    if kept:
        print(f"kept: {kept}")
    print(f"{len(findings)} findings")
    return 1 if findings else 0
