# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a test starts, as direct children, and stops again by their process ids."""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    """Whether somebody listens on the port: read from the kernel, since a connect would be a session for the peer."""
    wanted = f"0100007F:{port:04X}"
    lines = pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(line.split()[1] == wanted and line.split()[3] == "0A" for line in lines)


def wait_for(condition, what, limit=30.0):
    """Polls until condition() is true; the limit only keeps a broken run from hanging."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {limit:.0f} s")
        time.sleep(0.01)


class Processes:
    """The programs of one test. Their output goes to NAME.out in `directory`."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.running = {}

    def start(self, name, argv, ready=None, wake=None, **options):
        """Starts `argv` and waits until ready() is true.

        wake: a TCP port to connect to after SIGTERM; libmilter's engine looks at its stop flag only when its listener wakes.
        """
        with open(self.output(name), "ab") as out:
            process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=subprocess.STDOUT, start_new_session=True, **options)
        self.running[name] = (process, wake)
        if ready:
            def is_ready():
                if process.poll() is not None:
                    raise AssertionError(f"{name} ended with {process.returncode}:\n{self.read(name)}")
                return ready()
            wait_for(is_ready, f"{name} that is ready")
        return process

    def output(self, name):
        return self.directory / f"{name}.out"

    def read(self, name):
        return self.output(name).read_text(encoding="utf-8", errors="replace")

    def stop(self, name, limit=10.0):
        """Ends the program and returns its exit status."""
        process, wake = self.running.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + limit
        while process.poll() is None:
            if time.monotonic() > end:
                process.kill()
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                if wake:
                    with contextlib.suppress(OSError):  # it may have closed its listener by now
                        socket.create_connection(("127.0.0.1", wake), 1).close()
        return process.returncode

    def stop_all(self):
        """The newest first: an MTA before its milters."""
        for name in reversed(list(self.running)):
            self.stop(name)


def open_to_all(directory):
    """Postfix and milters run as other users: every folder up to the temporary directory must let them in."""
    os.chmod(directory, 0o755)
    return pathlib.Path(directory)
