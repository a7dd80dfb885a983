# SPDX-License-Identifier: GPL-3.0-or-later
"""A manager of several processes, its controller and its metrics, as a soak sees them."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

from processes import free_port, wait_for

LONGEST_UNREST = 150.0  # seconds; a milter that was away is looked for again within a minute
CONFIGURATION = """\
log.use_syslog = false
log.path = "{log}"
log.level = "critical|error|warning|message|info|statistics"
manager.connection_spec = "inet:{port}@127.0.0.1"
manager.n_workers = {workers}
controller.connection_spec = "unix:{directory}/run/control"
metrics.connection_spec = "inet:{metrics}@127.0.0.1"
"""


def children_of(pid):
    found = []
    try:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(word) for word in task.read_text(encoding="ascii").split()]
    except OSError:
        pass  # it has ended
    return found


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill(pid):
    """kill -9; it may have ended a moment ago."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def name_of(pid):
    """"worker 2"; "" for what is none."""
    try:
        line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""
    words = line.partition("milter-manager: ")[2].split()
    return " ".join(words[:2]) if words[:1] == ["worker"] else ""


class Manager:
    def __init__(self, processes, build, directory, workers=2):
        self.processes, self.build, self.directory, self.n_workers = processes, build, directory, workers
        self.port, self.metrics = free_port(), free_port()
        self.log = directory / "log/manager.log"
        for name in ("etc", "log", "run"):
            (directory / name).mkdir()
        for name in ("log", "run"):
            os.chmod(directory / name, 0o777)  # started by root, milter-manager gives up being root
        self.process = None

    def configure(self, text):
        """Takes effect at the next start or reload."""
        head = CONFIGURATION.format(log=self.log, port=self.port, workers=self.n_workers, metrics=self.metrics,
                                    directory=self.directory)
        (self.directory / "etc/milter-manager.conf").write_text(head + text, encoding="ascii")

    def start(self):
        """Waits until it serves: its pid file is written then."""
        pid_file = self.directory / "run/pid"
        pid_file.unlink(missing_ok=True)
        self.process = self.processes.start(
            "milter-manager",
            [self.build / "core/daemon/milter-manager", "--config-dir", self.directory / "etc", "--no-daemon",
             "--pid-file", pid_file],
            ready=pid_file.exists,
            env=os.environ | {"MILTER_LOG_ITEM": "level|time"})

    def pid(self):
        return self.process.pid

    def workers(self):
        """{"worker 1": pid}"""
        named = {name_of(pid): pid for pid in children_of(self.pid())}
        return {name: pid for name, pid in named.items() if name}

    def living(self):
        """{pid: name} of the manager's processes that go on living: not those that read a configuration."""
        return {self.pid(): "supervisor"} | {pid: name for name, pid in self.workers().items()}

    def control(self, *words):
        return subprocess.run([self.build / "core/control/milter-managerctl", "-s",
                               f"unix:{self.directory}/run/control", *words],
                              capture_output=True, text=True, timeout=120, check=False)

    def status(self):
        asked = self.control("status", "--json")
        if asked.returncode != 0:
            raise AssertionError(f"the controller does not answer: {asked.stderr}")
        return json.loads(asked.stdout)

    def at_rest(self):
        """No session is open, all workers serve, and every milter is there as far as anybody knows."""
        status = self.status()
        return (status["sessions"]["open"] == 0 and len(status["processes"]) == self.n_workers and
                all(milter["state"] not in ("unreachable", "stopped") for milter in status["milters"]))

    def wait_until_at_rest(self):
        end = time.monotonic() + LONGEST_UNREST
        while not self.at_rest():
            if time.monotonic() > end:
                raise AssertionError(f"the manager does not come to rest: {self.status()}")
            time.sleep(0.2)

    def scrape(self):
        """{"name{labels}": value}"""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/metrics", timeout=60) as answer:
            lines = answer.read().decode("utf-8").splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self, workers_too):
        """kill -9 of the supervisor, and waits until nothing of it is left. workers_too: as systemd does (KillMode=mixed);
        else the workers end by themselves, with their last session."""
        workers = self.workers().values()
        self.process.kill()
        self.process.wait()
        if workers_too:
            for pid in workers:
                kill(pid)
        wait_for(lambda: not any(is_alive(pid) for pid in workers), "end of the workers of a supervisor that was killed", 120)

    def stop(self):
        """Its exit status."""
        return self.processes.stop("milter-manager", limit=60)

    def output(self):
        return self.processes.read("milter-manager")
