# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of a benchmark and what /proc says of them."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
EXPECTED_RESULTS = {"accept at end-of-message", "held at helo"}


# Conditions that stop a milter at connect, whose client is bench_load's client.example.net, 192.0.2.10.
STOPPERS = {
    "Never": 'define_applicable_condition("Never") do |condition|\n'
             "  condition.define_connect_stopper { |context, host, address| true }\nend\n",
    "Remote Network": f'load("{ROOT}/share/applicable-conditions/remote-network.conf")\n'
                      'remote_network.add_local_address("192.0.2.0/24")\n',
    "S25R": f'load("{ROOT}/share/applicable-conditions/s25r.conf")\n',
}


class CannotRun(Exception):
    """A row can't be measured here; the text says why."""


class Process:
    """A started program, with all the processes that it starts itself."""

    def __init__(self, name, argv, output):
        self.name = name
        self.output = output
        with open(output, "ab") as out:
            self.popen = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT, start_new_session=True)

    def text(self):
        return self.output.read_text(encoding="utf-8", errors="replace")

    def pids(self):
        found, queue = [], [self.popen.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                queue += [int(word) for word in task.read_text(encoding="ascii").split()]
        return found

    def cpu_seconds(self):
        """User and system time of all threads so far."""
        total = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def _status(self, key):
        kilobytes = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
                if line.startswith(key + ":"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1024

    def rss_mib(self):
        return self._status("VmRSS")

    def peak_rss_mib(self):
        """Since forget_peak()."""
        return self._status("VmHWM")

    def forget_peak(self):
        for pid in self.pids():
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")

    def running(self):
        return self.popen.poll() is None

    def stop(self, limit=15):
        if self.running():
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(limit)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()


def accepts(spec):
    """Whether somebody listens there: asked of the kernel, since a connection would be a session."""
    family, _, rest = spec.partition(":")
    if family == "unix":
        lines = pathlib.Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()[1:]
        return any(line.split()[-1] == rest and int(line.split()[3], 16) & 0x10000 for line in lines)  # __SO_ACCEPTCON
    port = f":{int(rest.partition('@')[0]):04X}"
    lines = pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1].endswith(port) and line.split()[3] == "0A" for line in lines)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    """Children, managers and loads in a directory of their own. stop() ends whatever was started."""

    def __init__(self, programs, directory):
        self.directory = pathlib.Path(directory)
        self.directory.chmod(0o777)  # started by root, milter-manager gives up being root
        os.umask(0)                  # … and must be able to connect to the children
        self.load_program = programs / "test/bench/bench_load"
        self.child_program = programs / "test/bench/bench_child"
        self.sink_program = programs / "test/bench/bench_sink"
        self.conditions_program = programs / "test/bench/bench_conditions"
        self.manager_program = programs / "core/daemon/milter-manager"
        self.processes = []
        self.failures = []
        self.count = 0

    def start(self, name, argv, ready):
        self.count += 1
        process = Process(name, argv, self.directory / f"{self.count}-{name}.out")
        self.processes.append(process)
        end = time.monotonic() + 20
        while not ready():
            if not process.running() or time.monotonic() > end:
                self.processes.remove(process)
                process.stop()
                raise CannotRun(f"{name} did not start: {process.text().strip()[-500:]}")
            time.sleep(0.02)
        return process

    def stop(self, *processes):
        for process in processes or list(reversed(self.processes)):
            if process.running():
                status = process.stop()
                if status not in (0, -signal.SIGTERM):
                    self.failures.append(f"{process.name} ended with {status}: {process.text().strip()[-500:]}")
            else:
                self.failures.append(f"{process.name} had ended: {process.text().strip()[-500:]}")
            self.processes.remove(process)

    def spec(self, family):
        self.count += 1
        return f"inet:{free_port()}@127.0.0.1" if family == "inet" else f"unix:{self.directory}/{self.count}.sock"

    def child(self, family, *options):
        """A fast milter: (process, spec)."""
        spec = self.spec(family)
        return self.start("bench_child", [self.child_program, "--listen", spec, *options], lambda: accepts(spec)), spec

    def configuration(self, children, spec, log="file", stopped=(), stopper=None):
        """A configuration directory. log: file, none, syslog, null. stopped: the numbers of children stopped at connect by
        the condition of STOPPERS[stopper]."""
        self.count += 1
        folder = self.directory / f"{self.count}-config"
        folder.mkdir()
        logs = {
            "file": f'log.use_syslog = false\nlog.path = "{folder}/log"\n',
            "null": 'log.use_syslog = false\nlog.path = "/dev/null"\n',
            "none": f'log.use_syslog = false\nlog.path = "{folder}/log"\nlog.level = "critical|error|warning|message"\n',
            "syslog": 'log.use_syslog = true\nlog.path = "/dev/null"\n',
        }
        text = f'manager.connection_spec = "{spec}"\nmanager.unix_socket_mode = 0666\n' + logs[log]
        if stopped:
            text += STOPPERS[stopper]
        for number, child in enumerate(children, 1):
            text += f'define_milter("child-{number}") do |milter|\n  milter.connection_spec = "{child}"\n'
            text += f'  milter.applicable_conditions = ["{stopper}"]\nend\n' if number in stopped else "end\n"
        (folder / "milter-manager.conf").write_text(text, encoding="utf-8")
        return folder

    def problem_of(self, folder):
        """What --check-config has against a configuration; "" for nothing."""
        done = subprocess.run([self.manager_program, "--config-dir", folder, "--check-config"], capture_output=True,
                              text=True, timeout=60, check=False)
        return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()

    def manager(self, family, children, log="file", stopped=(), stopper=None, dev_log=None):
        """milter-manager before those children: (process, spec). dev_log: the socket that it sees as /dev/log."""
        spec = self.spec(family)
        folder = self.configuration(children, spec, log, stopped, stopper)
        problem = self.problem_of(folder)
        if problem:
            raise CannotRun(problem)
        argv = [self.manager_program, "--config-dir", folder, "--no-daemon"]
        if dev_log:
            argv = ["unshare", "--mount", "sh", "-e", "-c", PRIVATE_DEV, folder / "dev", dev_log, *argv]
        return self.start("milter-manager", argv, lambda: accepts(spec)), spec

    def sink(self):
        """A log daemon: (process, path of its socket)."""
        path = f"{self.directory}/{self.count}-log.sock"
        return self.start("bench_sink", [self.sink_program, path], lambda: os.path.exists(path)), path

    def wait_for_conditions(self):
        """The report of bench_conditions."""
        if not self.conditions_program.exists():
            raise CannotRun(f"there is no {self.conditions_program}: configure with -DMILTER_MANAGER_BENCH=ON")
        done = subprocess.run([self.conditions_program], capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise CannotRun(f"bench_conditions ended with {done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def begin_load(self, spec, *options):
        return subprocess.Popen([str(word) for word in [self.load_program, "--to", spec, *options]],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end_load(self, load, what):
        out, err = load.communicate(timeout=3600)
        if load.returncode not in (0, 1):
            raise CannotRun(err.strip())
        report = json.loads(out)
        if report["protocol_errors"]:
            self.failures.append(f"{what}: {report['protocol_errors']} protocol errors: {report['errors']}")
        # Mail that a milter has not seen to its end is fast, too.
        others = {result: count for result, count in report["results"].items() if result not in EXPECTED_RESULTS}
        if others:
            self.failures.append(f"{what}: sessions that ended in another way: {others}")
        return report

    def load(self, what, spec, *options):
        """Runs the load to its end; gives its report."""
        return self.end_load(self.begin_load(spec, *options), what)


# In a mount namespace of its own: a /dev with little more than a log. $0: where to build it, $1: the log's socket.
PRIVATE_DEV = """
mkdir "$0"
mount -t tmpfs tmpfs "$0"
for node in null zero random urandom; do touch "$0/$node"; mount --bind "/dev/$node" "$0/$node"; done
ln -s "$1" "$0/log"
mount --move "$0" /dev
shift
exec "$@"
"""
