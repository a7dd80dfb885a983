#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Munin plugins, run by the real munin-run, on archives that the analyzer made.

    munin_test.py BUILD-DIRECTORY MUNIN-RUN MUNIN-NODE-CONFIGURE RRDTOOL
"""
import datetime
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = pathlib.Path(sys.argv[1]).resolve()
MUNIN_RUN, MUNIN_NODE_CONFIGURE, RRDTOOL = sys.argv[2:5]
del sys.argv[1:5]
HERE = pathlib.Path(__file__).resolve().parent
PLUGINS = HERE.parents[1] / "share/munin/plugins"
ANALYZER = BUILD / "milter-manager-log-analyzer/milter-manager-log-analyzer"
GRAMMAR = re.compile(rb"multigraph [A-Za-z_][\w.]*|graph_(?:title|args|vlabel|category|info) [^\n]+|"
                     rb"[a-z_]+\.(?:label|info|draw|type|min|graph|warning|critical) [^\n]+|"
                     rb"[a-z_]+\.value (?:U|[0-9.]+)")
MILTERS = ["milter-greylist", "my_milter", "mail.example", "迷惑 mail", "<b>$(touch /tmp/x)</b>"]


def lines_of(minutes, now):
    """A log: in minute m before now, m % 5 + 1 connections, each of which the first milter passes and the others reject."""
    tag = 0
    for minute in range(minutes, -1, -1):
        begin = now - now % 60 - 60 * minute
        stamp = datetime.datetime.fromtimestamp(begin + (0 if minute == 0 else 20), datetime.timezone.utc).isoformat()

        def line(event, stamp=stamp):
            return f"{stamp} mail milter-manager[77]: [statistics] {event}\n"

        for _ in range(0 if minute == 0 else connections(begin)):
            tag += 1
            for name in MILTERS:
                status = "pass" if name == MILTERS[0] else "reject"
                yield line(f"[milter][header][add]({tag}): <X-Spam>=<yes>: {name}")
                yield line(f"[milter][end][end-of-message][{status}][0.5]({tag}): {name}")
            yield line(f"[session][end][end-of-message][reject][0.7]({tag})")
        yield line(f"[sessions][finished] {tag}(+0) 3")


def connections(minute):
    return minute // 60 % 5 + 1


class Plugins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.archives = pathlib.Path(tempfile.mkdtemp(prefix="munin-archives."))
        cls.addClassCleanup(shutil.rmtree, cls.archives)
        cls.archives.chmod(0o755)
        log = cls.archives / "log"
        log.write_text("".join(lines_of(20, int(time.time()))), encoding="utf-8")
        subprocess.run([ANALYZER, "--no-graphs", "--output-directory", cls.archives / "out", log], check=True)
        (cls.archives / "out").chmod(0o755)

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="munin."))
        self.addCleanup(shutil.rmtree, self.directory)
        self.directory.chmod(0o755)
        for name in ("plugins", "plugin-conf.d", "etc"):
            (self.directory / name).mkdir(mode=0o755)
        self.logdir = self.directory / "out"
        shutil.copytree(self.archives / "out", self.logdir)
        self.configuration = "[milter_manager_*]\nenv.logdir {}\n".format(self.logdir)
        (self.directory / "etc/munin-node.conf").write_text(
            "log_level 4\nlog_file {0}/node.log\npid_file {0}/node.pid\nuser root\ngroup root\n".format(self.directory), encoding="utf-8")

    def link(self, name, plugin="milter_manager_"):
        """Installs a plugin under a name. A copy beside: munin-run wants it root's, whoever owns the sources."""
        file = self.directory / plugin
        if not file.exists():
            shutil.copyfile(PLUGINS / plugin, file)
            file.chmod(0o755)
        link = self.directory / "plugins" / name
        if not link.is_symlink():
            link.symlink_to(file)

    def run_plugin(self, name, *arguments, plugin="milter_manager_", **environment):
        self.link(name, plugin)
        (self.directory / "plugin-conf.d/test").write_text(self.configuration, encoding="utf-8")
        return subprocess.run(
            [MUNIN_RUN, "--config", self.directory / "etc/munin-node.conf", "--servicedir", self.directory / "plugins",
             "--sconfdir", self.directory / "plugin-conf.d", name, *arguments],
            env={**os.environ, **environment}, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def output(self, name, *arguments, **options):
        run = self.run_plugin(name, *arguments, **options)
        self.assertEqual((run.returncode, run.stderr.decode()), (0, ""))
        return run.stdout.decode()

    def values(self, *arguments, **options):
        """graph -> field -> value of what a plugin prints."""
        graphs, graph = {}, ""
        for line in self.output(*arguments, **options).splitlines():
            word, value = line.split(" ", 1)
            if word == "multigraph":
                graph = value
            elif word.endswith(".value"):
                graphs.setdefault(graph, {})[word.removesuffix(".value")] = value
        return graphs

    def newest_minute(self, archive):
        return int(subprocess.run([RRDTOOL, "last", self.logdir / archive], capture_output=True, check=True).stdout)

    # --- archives

    def test_the_newest_complete_row_is_shown(self):
        expected = str(connections(self.newest_minute("milter-manager.status.rrd")))
        graphs = self.values("milter_manager_status")
        manager = graphs["milter_manager_status"]
        self.assertEqual((manager["reject"], manager["pass"]), (expected, "0"))
        self.assertEqual((manager["smtp"], manager["disconnected"], manager["concurrent"]), (expected, "0", "3"))
        self.assertEqual(graphs["milter_manager_status.milter_greylist"]["pass"], expected)
        self.assertEqual(graphs["milter_manager_status.milter_greylist"]["stop"], "0")
        self.assertEqual(len(graphs), 1 + len(MILTERS))
        report = self.values("milter_manager_report")
        self.assertEqual(report["milter_manager_report"]["spam"], str(len(MILTERS) * int(expected)))
        self.assertEqual(report["milter_manager_report.milter_greylist"]["spam"], expected)
        self.assertEqual(len(report), 1 + len(MILTERS))

    def old_archive(self, name, last, unknown=()):
        """An archive as older versions made them: rows of 8 minutes. The value of a minute is its number since the epoch, modulo 1,000."""
        file = self.logdir / name
        file.unlink(missing_ok=True)
        sources = "pass accept reject discard temporary_failure abort error stop".split()
        begin = last - 3600
        subprocess.run([RRDTOOL, "create", file, "--start", str(begin), "--step", "60", *(f"DS:{one}:GAUGE:180:0:U" for one in sources),
                        *(f"RRA:{kind}:0.5:8:200" for kind in ("MAX", "AVERAGE", "LAST"))], check=True)
        rows = [f"{at}:" + ":".join(["U" if at in unknown else str(at // 60 % 1000)] * len(sources)) for at in range(begin + 60, last + 1, 60)]
        subprocess.run([RRDTOOL, "update", file, *rows], check=True)
        file.chmod(0o644)

    def test_of_an_archive_of_an_older_version_the_newest_row_of_8_minutes_is_shown_and_not_the_first(self):
        last = int(time.time()) // 60 * 60 - 120
        self.old_archive("milter.status.milter-greylist.rrd", last)
        end = last // 480 * 480
        shown = self.values("milter_manager_status_milter-greylist")[""]
        self.assertEqual(int(shown["pass"]), max(at // 60 % 1000 for at in range(end - 420, end + 1, 60)))
        self.assertEqual(shown["quarantine"], "U")  # it has no such source

    def test_what_nobody_updates_any_more_is_unknown(self):
        self.old_archive("milter.status.milter-greylist.rrd", int(time.time()) - 7200)
        self.assertEqual(set(self.values("milter_manager_status_milter-greylist")[""].values()), {"U"})
        self.configuration += "env.maximum_age 9000\n"
        self.assertNotEqual(self.values("milter_manager_status_milter-greylist")[""]["pass"], "U")

    def test_a_damaged_archive_and_a_missing_one_cost_their_own_values_only(self):
        (self.logdir / "milter-manager.status.rrd").write_bytes(b"no archive")
        (self.logdir / "session.rrd").unlink()
        run = self.run_plugin("milter_manager_status")
        self.assertEqual(run.returncode, 0)
        self.assertIn(b"cannot read an archive", run.stderr)
        text = run.stdout.decode()
        self.assertIn("reject.value U\n", text.split("multigraph")[1])
        self.assertIn("smtp.value U\n", text)
        self.assertNotIn("U\n", text.split("multigraph milter_manager_status.milter_greylist")[1].split("multigraph")[0])

    # --- what Munin asks

    def test_graphs_are_described(self):
        for name in ("milter_manager_status", "milter_manager_report", "milter_manager_message", "milter_manager_status_my_milter"):
            with self.subTest(name):
                golden = HERE / "golden" / f"{name}.config"
                text = self.output(name, "config")
                if os.environ.get("UPDATE_GOLDEN"):
                    golden.write_text(text, encoding="utf-8")
                self.assertEqual(text, golden.read_text(encoding="utf-8"))

    def test_a_master_that_takes_it_gets_the_values_with_the_description(self):
        plain = self.output("milter_manager_status", "config")
        dirty = self.output("milter_manager_status", "config", MUNIN_CAP_DIRTYCONFIG="1")
        values = self.output("milter_manager_status")
        self.assertNotIn(".value ", plain)
        self.assertEqual([line for line in dirty.splitlines() if ".value " not in line], plain.splitlines())
        self.assertEqual([line for line in dirty.splitlines() if ".value " in line or line.startswith("multigraph")], values.splitlines())

    def test_a_master_without_multigraph_gets_the_graph_for_all(self):
        self.link("milter_manager_status")
        environment = {**os.environ, "logdir": str(self.logdir)}
        environment.pop("MUNIN_CAP_MULTIGRAPH", None)
        text = subprocess.run([self.directory / "plugins/milter_manager_status"], env=environment, capture_output=True, text=True, check=True).stdout
        self.assertNotIn("multigraph", text)
        self.assertEqual(text.count(".value "), 8 + 3)

    def test_a_milter_with_a_link_of_its_own_is_not_shown_a_second_time(self):
        self.link("milter_manager_status_milter-greylist")
        self.assertNotIn("milter_manager_status.milter_greylist", self.values("milter_manager_status"))
        self.assertIn("milter_manager_report.milter_greylist", self.values("milter_manager_report"))
        self.configuration += "env.milters no\n"
        self.assertEqual(list(self.values("milter_manager_report")), [""])

    def test_what_can_be_linked_is_suggested_and_works(self):
        links = self.output("milter_manager_", "suggest").split()
        self.assertEqual(links[:2], ["status", "report"])
        self.assertIn("status_milter-greylist", links)
        self.assertIn("report_mail.example", links)
        self.assertEqual(len(links), 2 + 2 * len(MILTERS))
        for link in links:
            self.assertRegex(link, r"\A[-\w.]+\Z")
            self.assertNotEqual(set(self.values("milter_manager_" + link).popitem()[1].values()), {"U"}, link)

    def test_munin_node_configure_takes_the_suggestions(self):
        libdir = self.directory / "lib"
        libdir.mkdir(mode=0o755)
        shutil.copyfile(PLUGINS / "milter_manager_", libdir / "milter_manager_")
        (libdir / "milter_manager_").chmod(0o755)
        self.output("milter_manager_", "suggest")  # writes the configuration
        (self.directory / "plugins/milter_manager_").unlink()
        run = subprocess.run(
            [MUNIN_NODE_CONFIGURE, "--config", self.directory / "etc/munin-node.conf", "--libdir", libdir, "--servicedir",
             self.directory / "plugins", "--sconfdir", self.directory / "plugin-conf.d", "--families", "auto", "--shell", "--suggest"],
            capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.count("ln -s"), 2 + 2 * len(MILTERS), run.stdout + run.stderr)
        self.assertNotIn("Bad suggestion", run.stderr)

    def test_without_archives_it_says_why_it_is_not_for_this_machine(self):
        self.assertEqual(self.output("milter_manager_", "autoconf"), "yes\n")
        self.configuration = "[milter_manager_*]\nenv.logdir /nowhere\n"
        self.assertEqual(self.output("milter_manager_", "autoconf"), "no (log directory not found: /nowhere)\n")
        self.assertEqual(self.output("milter_manager_", "suggest"), "")
        self.assertEqual(set(self.values("milter_manager_status")["milter_manager_status"].values()), {"U"})

    def test_a_file_with_a_hostile_name_does_nothing(self):
        canary = self.directory / "canary"
        good = (self.logdir / "milter.status.milter-greylist.rrd").read_bytes()
        names = ["$(touch CANARY)", "`touch CANARY`", ";touch CANARY;", "|touch CANARY", "a\nmultigraph evil\ngraph_title evil", "a\rb",
                 "-e", "--daemon", "%00", "%0", "%zz", "\x1b[2J", "<script>alert(1)<script>", "a.value 5", "x" * 200, "", " ", ".", "..",
                 "a b", "a_b", "a-b", "a.b", "{}", "'\"", "#", "graph_title", "\u202egnp", "été"]
        names = [name.replace("CANARY", canary.name) for name in names]
        for name in [*(os.fsencode(name) for name in names), b"\xff\xfe", b"\xc3"]:
            for kind in (b"status", b"report"):
                (pathlib.Path(os.fsdecode(os.fsencode(self.logdir) + b"/milter." + kind + b"." + name + b".rrd"))).write_bytes(good)
        for link in ("milter_manager_status", "milter_manager_report"):
            for arguments in ((), ("config",)):
                run = self.run_plugin(link, *arguments)
                self.assertEqual((run.returncode, run.stderr), (0, b""))
                for line in run.stdout.rstrip(b"\n").split(b"\n"):
                    self.assertRegex(line, rb"\A(?:" + GRAMMAR.pattern + rb")\Z")
                    self.assertNotRegex(line, rb"[\x00-\x1f\x7f<>$`;|]|\xe2\x80\xae")
                graphs = re.findall(rb"^multigraph (.*)$", run.stdout, re.M)
                self.assertEqual(len(graphs), len(set(graphs)))
                self.assertNotIn(b"evil", graphs)
        for link in self.output("milter_manager_", "suggest").splitlines():
            self.assertRegex(link, r"\A[-\w.]+\Z")
        self.assertEqual(list(self.directory.rglob("canary")), [])

    def test_a_link_to_no_such_milter_shows_nothing_known(self):
        self.assertEqual(set(self.values("milter_manager_status_nobody")[""].values()), {"U"})
        run = self.run_plugin("milter_manager_nonsense")
        self.assertNotEqual(run.returncode, 0)

    # --- processes

    def sleeper(self, name, count=1):
        """Starts processes of that name, children of one parent, and returns the parent."""
        program = self.directory / name
        if not program.exists():
            shutil.copyfile(shutil.which("sleep"), program)
            program.chmod(0o755)
        script = "for one in $(seq {}); do {} 600 & done; echo; wait".format(count, program)
        parent = subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(parent.wait)
        self.addCleanup(parent.stdout.close)
        self.addCleanup(os.killpg, parent.pid, signal.SIGKILL)
        parent.stdout.readline()
        children = pathlib.Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text(encoding="ascii").split()
        while any(pathlib.Path(f"/proc/{child}/comm").read_text(encoding="ascii").strip() != name for child in children):
            time.sleep(0.01)  # between fork and exec
        return parent, children

    def test_memory_is_that_of_the_manager_and_of_its_workers_in_bytes(self):
        parent, children = self.sleeper("worker", 2)
        pid_file = self.directory / "milter-manager.pid"
        pid_file.write_text(f"{parent.pid}\n", encoding="ascii")
        self.configuration = f"[milter_manager_memory]\nenv.pidfile {pid_file}\n"
        self.assertEqual(self.output("milter_manager_memory", "autoconf", plugin="milter_manager_memory"), "yes\n")
        def resident():
            return sum(int(pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
                       for pid in (parent.pid, *children)) * os.sysconf("SC_PAGESIZE")

        before, after = None, resident()
        while before != after:  # they may still be starting
            before = after
            shown = self.values("milter_manager_memory", plugin="milter_manager_memory")[""]
            after = resident()
        self.assertEqual(shown, {"rss": str(after), "processes": "3"})
        config = self.output("milter_manager_memory", "config", plugin="milter_manager_memory", MUNIN_CAP_DIRTYCONFIG="1")
        self.assertIn("graph_title milter manager: memory usage\n", config)
        self.assertIn("rss.value {}\n".format(shown["rss"]), config)

    def test_without_a_manager_its_memory_is_unknown(self):
        pid_file = self.directory / "milter-manager.pid"
        self.configuration = f"[milter_manager_memory]\nenv.pidfile {pid_file}\n"
        for text, reason in ((None, "pid file not found"), ("", "no process number"), ("; touch canary\n", "no process number"),
                             ("999999999\n", "milter manager is not running"), ("1 2\n", "no process number")):
            with self.subTest(text):
                if text is not None:
                    pid_file.write_text(text, encoding="ascii")
                self.assertIn(f"no ({reason}", self.output("milter_manager_memory", "autoconf", plugin="milter_manager_memory"))
                self.assertEqual(set(self.values("milter_manager_memory", plugin="milter_manager_memory")[""].values()), {"U"})

    def test_processes_of_postfix_are_counted_by_kind(self):
        self.sleeper("smtpd-of-test", 3)
        self.sleeper("cleanup-test", 1)
        self.configuration = "[postfix_processes]\nenv.processes smtpd-of-test cleanup-test qmgr-of-test ../x $(touch)\nenv.warning 80\nenv.critical `x`\n"
        shown = self.values("postfix_processes", plugin="postfix_processes")[""]
        self.assertEqual(shown, {"smtpd_of_test": "3", "cleanup_test": "1", "qmgr_of_test": "0"})
        config = self.output("postfix_processes", "config", plugin="postfix_processes")
        self.assertIn("smtpd_of_test.label smtpd-of-test\nsmtpd_of_test.type GAUGE\nsmtpd_of_test.min 0\nsmtpd_of_test.warning 80\n", config)
        self.assertNotIn("critical", config)
        self.configuration = ""
        self.assertEqual(list(self.values("postfix_processes", plugin="postfix_processes")[""]), ["smtpd"])

    def test_processes_of_sendmail_are_counted_in_all(self):
        self.sleeper("sendmail-test", 2)
        self.sleeper("queue-test", 1)
        self.configuration = "[sendmail_processes]\nenv.processes sendmail-test queue-test *\nenv.warning 100\n"
        self.assertEqual(self.values("sendmail_processes", plugin="sendmail_processes")[""], {"sendmail": "3"})
        self.assertIn("sendmail.warning 100\n", self.output("sendmail_processes", "config", plugin="sendmail_processes"))
        self.assertRegex(self.output("sendmail_processes", "autoconf", plugin="sendmail_processes"), r"\A(yes|no \(.+\))\n\Z")

    def test_every_plugin_says_where_its_values_are_from_in_both_shapes(self):
        for plugin in ("milter_manager_memory", "postfix_processes", "sendmail_processes"):
            for line in self.output(plugin, "config", plugin=plugin, MUNIN_CAP_DIRTYCONFIG="1").splitlines():
                self.assertRegex(line.encode(), rb"\A(?:" + GRAMMAR.pattern + rb")\Z")


if __name__ == "__main__":
    unittest.main()
