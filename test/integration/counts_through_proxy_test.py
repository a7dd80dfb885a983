#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand mails through the daemon and four milters, its lines through a real rsyslogd: what the MTA saw, what the milters saw, the
daemon's own counters, the events written and the sums of the archives are the same numbers.

    counts_through_proxy_test.py BUILD-DIRECTORY
"""
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from integration.archives import Archives  # noqa: E402
from integration.processes import Processes, free_port, listening, open_to_all, wait_for  # noqa: E402
from integration.rsyslog import Rsyslog  # noqa: E402

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev").resolve()
MAILS, MAILS_PER_CONNECTION, RECIPIENTS, BODY = 1000, 4, 3, 2000

# Name, what it does. The one that would reject is only tried; the last leaves at the first header.
MILTERS = {
    "spam-filter": ["--add-header", "X-Spam-Flag=YES"],
    "signer": ["--add-header", "X-Signed=yes", "--steps", "0x80"],
    "would-reject": ["--at", "end-of-message=reject"],
    "leaves-early": ["--at", "header=accept"],
}

CONFIGURATION = """\
manager.connection_spec = "inet:{port}@127.0.0.1"
log.use_syslog = true
log.path = "{directory}/log/manager.log"
""" + "".join(f"""\
define_milter("{name}") do |milter|
  milter.connection_spec = "inet:{{ports[{name}]}}@127.0.0.1"
  milter.evaluation_mode = {"true" if name == "would-reject" else "false"}
end
""" for name in MILTERS)

# syslog(3) knows one place only: the program gets a /dev of its own.
OWN_DEV = """\
mount -t tmpfs tmpfs /mnt && mkdir /mnt/dev
for name in null zero urandom random tty; do touch /mnt/dev/$name; mount --bind /dev/$name /mnt/dev/$name; done
touch /mnt/dev/log && mount --bind "$1" /mnt/dev/log && mount --rbind /mnt/dev /dev && shift && exec "$@"
"""


class CountsThroughProxy(unittest.TestCase):
    """All mails are sent once; the tests compare what is told of them."""

    @classmethod
    def setUpClass(cls):
        cls.directory = open_to_all(tempfile.mkdtemp(prefix="milter-manager-counts."))
        cls.processes = Processes(cls.directory)
        try:
            cls.start_programs()
            cls.send_mails()
            cls.stop_and_analyze()
        except BaseException:
            for path in sorted(cls.directory.glob("*.out")):
                print(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}", file=sys.stderr)
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.processes.stop_all()
        shutil.rmtree(cls.directory)

    @classmethod
    def start_programs(cls):
        cls.port, ports = free_port(), {name: free_port() for name in MILTERS}
        for name in ("etc", "log", "archives"):
            (cls.directory / name).mkdir()
        os.chmod(cls.directory / "log", 0o777)  # milter-manager gives up being root
        cls.rsyslog = Rsyslog(cls.directory / "rsyslog")
        cls.rsyslog.start(cls.processes)
        os.chmod(cls.rsyslog.socket, 0o666)
        for name, port in ports.items():
            cls.processes.start(name, [BUILD / "test/bench/bench_child", "--listen", f"inet:{port}@127.0.0.1", *MILTERS[name]],
                                ready=lambda port=port: listening(port))
        (cls.directory / "etc/milter-manager.conf").write_text(
            CONFIGURATION.format(directory=cls.directory, port=cls.port, ports=ports), encoding="ascii")
        cls.processes.start(
            "milter-manager",
            ["unshare", "--mount", "--propagation", "private", "bash", "-c", OWN_DEV, "bash", cls.rsyslog.socket,
             BUILD / "core/daemon/milter-manager", "--config-dir", cls.directory / "etc", "--no-daemon"],
            ready=lambda: listening(cls.port))

    @classmethod
    def send_mails(cls):
        load = subprocess.run(
            [BUILD / "test/bench/bench_load", "--to", f"inet:{cls.port}@127.0.0.1", "--connections", "5", "--sessions", str(MAILS),
             "--messages", str(MAILS_PER_CONNECTION), "--recipients", str(RECIPIENTS), "--body", str(BODY), "--offer-actions", "0x1ff"],
            check=True, capture_output=True, text=True)
        cls.mta = json.loads(load.stdout)
        cls.connections = cls.mta["connections"]
        wait_for(lambda: cls.events("sessions][finished").get("sessions", 0) == cls.connections, "last session's end")
        # The daemon's own counters, once a minute.
        wait_for(lambda: cls.heartbeats() and cls.heartbeats()[-1][3] == cls.connections, "heartbeat behind it", limit=100)

    @classmethod
    def stop_and_analyze(cls):
        cls.exit_status = cls.processes.stop("milter-manager")
        cls.children = {}
        for name in MILTERS:
            cls.processes.stop(name)
            cls.children[name] = json.loads(cls.processes.read(name))
        cls.archives = {}
        for log in cls.rsyslog.logs:
            out = cls.directory / "archives" / log.stem
            cls.archives[log.stem] = Archives(out)
            cls.archives[log.stem].analyze(BUILD / "milter-manager-log-analyzer/milter-manager-log-analyzer", log)

    @classmethod
    def lines(cls):
        path = cls.directory / "log/manager.log"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @classmethod
    def heartbeats(cls):
        found = (re.findall(r"\[([^]]*)\]", line.split("]: ", 1)[1])[1:] for line in cls.lines() if "]: [heartbeat][" in line)
        return [[float(field) for field in fields] for fields in found]

    @classmethod
    def events(cls, kind):
        """How many events of that kind the daemon wrote to its own file, by their fields in brackets."""
        counted = collections.Counter()
        for line in cls.lines():
            _, _, text = line.partition("]: ")
            if not text.startswith("[" + kind):
                continue
            if kind == "sessions][finished":
                counted["sessions"] = int(text.split("] ")[1].split("(")[0])
                continue
            fields = re.findall(r"\[([^]]*)\]", text.split("(")[0])
            counted["all"] += 1
            counted[fields[3]] += 1
            if "): " in text:
                name = text.rsplit(": ", 1)[1]
                counted[name] += 1
                counted[name, fields[3]] += 1
        return counted

    def assert_sums(self, name, expected):
        for template, archives in self.archives.items():
            with self.subTest(template, archive=name):
                sums = archives.sums(name)
                self.assertEqual({source: sums[source] for source in expected}, expected)

    def test_the_mta_the_milters_and_the_daemon_agree_on_sessions_and_mails(self):
        self.assertEqual(self.mta["sessions"], MAILS)
        self.assertEqual(self.mta["protocol_errors"], 0)
        for name, child in self.children.items():
            with self.subTest(name):
                self.assertEqual(child["connections"], self.connections + 1)  # the daemon asked once what it can do
                self.assertEqual(child["protocol_errors"], 0)
        self.assertEqual(self.children["spam-filter"]["messages"], MAILS)
        self.assertEqual(self.events("sessions][finished")["sessions"], self.connections)
        self.assertEqual(self.events("session][end]")["all"], self.connections)
        self.assertEqual(self.events("message][end]")["all"], MAILS)
        self.assertEqual(self.exit_status, 0)

    def test_the_archives_count_each_connection_and_each_milters_part_in_it(self):
        self.assert_sums("session.rrd", {"smtp": self.connections, "child": self.connections * len(MILTERS), "disconnected": 0})
        ends = self.events("session][end]")
        self.assert_sums("milter-manager.status.rrd", {status: ends[status] for status in ("pass", "accept", "reject", "abort", "error")})
        children = self.events("milter][end]")
        self.assertEqual(children["all"], self.connections * len(MILTERS))
        for name in MILTERS:
            self.assert_sums(f"milter.status.{name}.rrd",
                             {status: children[name, status] for status in ("pass", "accept", "reject", "abort", "error", "stop")})

    def test_the_archives_count_each_mail_its_bytes_and_its_recipients(self):
        ends = self.events("message][end]")
        size = sum(int(re.findall(r"\[([^]]*)\]", line.split("]: ", 1)[1])[5]) for line in self.lines() if "]: [message][end]" in line)
        self.assertGreaterEqual(size, MAILS * BODY)
        self.assert_sums("milter-manager.message.rrd", {"pass": ends["pass"], "accept": ends["accept"], "reject": 0, "bytes": size,
                                                        "recipients": MAILS * RECIPIENTS, "refused": 0})
        self.assertEqual(ends["pass"] + ends["accept"], MAILS)

    def test_the_archives_count_each_milters_verdict_on_each_mail(self):
        verdicts = self.events("milter][message]")
        self.assertEqual(verdicts["all"], MAILS * len(MILTERS))
        for name in MILTERS:
            kind = "evaluation" if name == "would-reject" else "message"
            self.assert_sums(f"milter.{kind}.{name}.rrd", {status: verdicts[name, status] for status in ("pass", "accept", "reject")})
        self.assertEqual(verdicts["would-reject", "reject"], MAILS)
        self.assertEqual(verdicts["leaves-early", "accept"], MAILS)

    def test_the_archives_count_each_header_that_tells_of_spam(self):
        self.assert_sums("milter-manager.report.rrd", {"spam": MAILS, "virus": 0})
        self.assert_sums("milter.report.spam-filter.rrd", {"spam": MAILS})

    def test_no_line_was_lost_on_the_way(self):
        last = self.heartbeats()[-1]
        self.assertEqual(last[6], 0)
        for template, archives in self.archives.items():
            with self.subTest(template):
                sums = archives.sums("health.rrd")
                self.assertEqual((sums["lost"], sums["dropped"]), (0, 0))
                # The first heartbeat knows of the lines before it, and counts itself; later ones what was written since.
                self.assertEqual(sums["lines"], last[2] + (1 if len(self.heartbeats()) == 1 else 0))


if __name__ == "__main__":
    unittest.main()
