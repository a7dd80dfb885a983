#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an administrator changes about Debian's milters, in their own files and with the system's own commands, is what --show-config shows.

    detected_settings_test.py BUILD-DIRECTORY [unittest arguments]
"""
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

import debian_mail_host as host
import own_host

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/dev").resolve()
SHARE = pathlib.Path(__file__).resolve().parents[2] / "share"
MANAGER = BUILD / "core/daemon/milter-manager"


def write(path, text):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


def spec_by_rspamadm():
    """Of the first worker that speaks the milter protocol, as --show-config would write it."""
    text = host.run("rspamadm", "configdump", "--json", "worker")
    decoder, at = json.JSONDecoder(), text.index("\n{") + 1 if not text.startswith("{") else 0
    while at < len(text):
        worker, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        proxy = worker.get("rspamd_proxy", {})
        if proxy.get("milter") and proxy.get("enabled", True):
            socket = proxy["bind_socket"]
            if socket.startswith("/"):
                return f'"unix:{socket.split()[0]}"'
            address, port = socket.rsplit(":", 1)
            return f'"{"inet6" if address.startswith("[") else "inet"}:{port}@{"localhost" if address == "*" else address}"'
    return "nil"


class DetectedSettings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host.configure_manager(SHARE)

    def show(self, name):
        milter = host.show_milters(MANAGER)[name]
        return milter["connection_spec"].strip('"'), milter["enabled"] == "true"

    def test_a_socket_is_where_its_milters_own_files_say(self):
        host.append("/etc/default/spamass-milter", 'SOCKET="inet:10783@[127.0.0.1]"\n')
        host.append("/etc/default/amavisd-milter", "MILTERSOCKET=inet:60001@127.0.0.1\n")
        host.replace("/etc/clamav/clamav-milter.conf", "^MilterSocket .*", "MilterSocket inet:7357@localhost")
        host.replace("/etc/opendkim.conf", r"^Socket\s.*", "Socket inet:8891@localhost  # for Postfix")
        host.replace("/etc/opendmarc.conf", r"^Socket\s.*", "Socket local:/var/spool/postfix/opendmarc/opendmarc.sock")
        write("/etc/rspamd/local.d/worker-proxy.inc", 'bind_socket = "$RUNDIR/milter.sock mode=0660 owner=_rspamd";\n')
        expected = {"spamass-milter": "inet:10783@[127.0.0.1]", "amavisd-milter": "inet:60001@127.0.0.1",
                    "clamav-milter": "inet:7357@localhost", "opendkim": "inet:8891@localhost",
                    "opendmarc": "unix:/var/spool/postfix/opendmarc/opendmarc.sock", "rspamd": "unix:/run/rspamd/milter.sock"}
        for name, spec in expected.items():
            with self.subTest(name):
                self.assertEqual(self.show(name), (spec, True))

    def test_rspamd_listens_where_its_own_reader_of_its_files_says(self):
        # No network; and what makes its start slow is left out.
        write("/etc/rspamd/local.d/options.inc",
              'filters = "regexp";\nurl_tld = "/etc/rspamd/local.d/tld";\ndns { nameserver = ["127.0.0.1"]; }\n')
        write("/etc/rspamd/local.d/tld", "example\n")
        worker = 'worker "rspamd_proxy" {{ {} }}\n'
        variants = (
            {},
            {"local.d/worker-proxy.inc": 'bind_socket = "*:11999";\n'},
            {"local.d/worker-proxy.inc": "enabled = false;\n"},
            {"local.d/worker-proxy.inc": 'bind_socket = "${RUNDIR}/a.sock mode=0666";\n', "override.d/worker-proxy.inc": "milter = no;\n"},
            {"local.d/worker-proxy.inc": "/* milter = no; */ bind_socket: '127.0.0.1:1'\n", "override.d/worker-proxy.inc": "timeout = 5s\n"},
            {"rspamd.conf.local": worker.format('bind_socket = "localhost:1";')},
            {"rspamd.conf.local": worker.format('bind_socket = "localhost:1";') + worker.format('milter = on; bind_socket = "[::1]:2";')},
            {"rspamd.conf.override": worker.format('bind_socket = "$DBDIR/b.sock"; milter = yes;')},
            {"rspamd.conf.override": worker.format('bind_socket = "localhost:3";')},
        )
        for files in variants:
            with self.subTest(files):
                for name in ("local.d/worker-proxy.inc", "override.d/worker-proxy.inc", "rspamd.conf.local", "rspamd.conf.override"):
                    pathlib.Path("/etc/rspamd", name).unlink(missing_ok=True)
                for name, text in files.items():
                    write(f"/etc/rspamd/{name}", text)
                self.assertEqual(host.show_milters(MANAGER)["rspamd"].get("connection_spec", "nil"), spec_by_rspamadm())

    def test_what_the_systems_own_commands_do_to_a_unit_is_seen(self):
        for command, enabled in (("disable", False), ("enable", True), ("mask", False), ("unmask", True)):
            with self.subTest(command):
                host.run("systemctl", command, "opendkim")
                self.assertEqual(self.show("opendkim")[1], enabled)

    def test_what_the_systems_own_commands_do_to_a_script_is_seen(self):
        for command, enabled in ((("disable",), False), (("enable",), True), (("remove",), False), (("defaults",), True)):
            with self.subTest(command):
                host.run("update-rc.d", *(["-f"] if command == ("remove",) else []), "amavisd-milter", *command)
                self.assertEqual(self.show("amavisd-milter")[1], enabled)
        host.run("systemctl", "mask", "amavisd-milter")
        self.assertFalse(self.show("amavisd-milter")[1])
        host.run("systemctl", "unmask", "amavisd-milter")

    def test_a_drop_in_counts(self):
        write("/etc/systemd/system/opendmarc.service.d/override.conf",
              "[Service]\nExecStart=\nExecStart=/usr/sbin/opendmarc -p local:%t/opendmarc/own.sock\n")
        self.assertEqual(self.show("opendmarc"), ("unix:/run/opendmarc/own.sock", True))
        pathlib.Path("/etc/systemd/system/opendmarc.service.d/override.conf").unlink()

    def test_the_managers_own_user_is_shown_the_same_and_told_what_it_may_not_read(self):
        program = "/var/lib/milter-manager-program"  # where that user gets to, wherever the build's folder is
        shutil.copy(MANAGER, program)
        as_user = ["setpriv", "--reuid=milter-manager", "--regid=milter-manager", "--init-groups", program]
        self.assertEqual(host.show_milters(*as_user), host.show_milters(MANAGER))
        config = pathlib.Path("/etc/clamav/clamav-milter.conf")
        config.chmod(0o600)
        try:
            self.assertIn(f"{config}: can't be read: Permission denied",
                          host.run(*as_user, "--config-dir", "/etc/milter-manager", "--check-config"))
            self.assertEqual(host.show_milters(*as_user)["clamav-milter"]["enabled"], "false")
        finally:
            config.chmod(0o644)

    def test_a_broken_file_is_told_with_its_line_and_keeps_nothing_from_starting(self):
        path = pathlib.Path("/etc/default/spamass-milter")
        before = path.read_text(encoding="ascii")
        line = before.count("\n") + 1
        write(path, before + "SOCKET=`touch /tmp/never`\nSOCKET='unclosed\n")
        try:
            checked = subprocess.run([MANAGER, "--config-dir", "/etc/milter-manager", "--check-config"], capture_output=True, text=True,
                                     check=False, timeout=60)
        finally:
            write(path, before)
        told = checked.stdout + checked.stderr
        self.assertEqual(checked.returncode, 0, told)
        self.assertIn(f"{path}:{line}: warning: SOCKET is not set: commands are not run", told)
        self.assertIn(f"{path}:{line + 1}: warning: a quotation mark is not closed", told)
        self.assertFalse(pathlib.Path("/tmp/never").exists())


if __name__ == "__main__":
    own_host.enter()
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
