# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs milter-manager-log-analyzer, and reads its archives with rrdtool, an implementation that is not ours."""
import math
import pathlib
import subprocess
import time


class Archives:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def analyze(self, analyzer, log):
        subprocess.run([analyzer, "--output-directory", self.directory, "--complete", log], check=True)

    def sums(self, name):
        """Source name -> the sum of its minutes of the last two days."""
        end = int(time.time()) // 60 * 60 + 120
        out = subprocess.run(
            ["rrdtool", "fetch", self.directory / name, "MAX", "-r", "60", "-s", str(end - 86400), "-e", str(end)],
            check=True, capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout
        names, _, *rows = out.splitlines()
        sums = dict.fromkeys(names.split(), 0.0)
        for row in rows:
            for source, value in zip(sums, row.split(":")[1].split()):
                if not math.isnan(float(value)):
                    sums[source] += float(value)
        return {source: round(total, 3) for source, total in sums.items()}
