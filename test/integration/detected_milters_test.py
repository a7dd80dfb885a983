#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's milters as their packages configure and start them, the manager as it is installed, which finds them, and Postfix: what becomes
of mail, what happens when milters are disabled, enabled, crash, and what the statistics say of it.

    detected_milters_test.py BUILD-DIRECTORY [unittest arguments]
"""
import email.utils
import os
import pathlib
import re
import shutil
import signal
import smtplib
import sys
import tempfile
import unittest

import debian_mail_host as host
import own_host
from lmtp_sink import LmtpSink
from processes import Processes, open_to_all, wait_for

BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build/dev").resolve()
SHARE = pathlib.Path(__file__).resolve().parents[2] / "share"
MANAGER, MANAGERCTL = BUILD / "core/daemon/milter-manager", BUILD / "core/control/milter-managerctl"
LOG = pathlib.Path("/var/log/mail.log")

SPAM = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
LOCAL, FAR, STRICT = f"user@{host.DOMAIN}", "friend@far.example", "boss@strict.example"


class Sent:
    """A mail, the MTA's answer, what of it arrived, and each milter's part: name -> (state, status) of its [milter][end]."""

    def __init__(self, answer, delivered, lines):
        self.code, self.text = answer[0], answer[1].decode()
        self.delivered = delivered
        self.log = lines
        found = (re.search(r"\[statistics\] \[milter\]\[end\]\[([^]]*)\]\[([^]]*)\].*\): (.*)", line) for line in lines)
        self.parts = {match[3]: (match[1], match[2]) for match in found if match}

    def rejected_by(self):
        return [name for name, part in self.parts.items() if part == ("end-of-message", "reject")]


class DetectedMilters(unittest.TestCase):
    """All happens once; the tests look at what came of it."""

    @classmethod
    def setUpClass(cls):
        cls.directory = open_to_all(tempfile.mkdtemp(prefix="milter-manager-detected."))
        cls.processes = Processes(cls.directory)
        cls.sink = LmtpSink()
        cls.mails = {}
        try:
            host.configure()
            host.configure_manager(SHARE)
            cls.found = host.show_milters(MANAGER)
            cls.start()
            cls.send_mail()
            cls.disable_three()
            cls.enable_them_again()
            cls.crash_two()
            cls.exit_status = cls.processes.stop("milter-manager", limit=60)
        except BaseException:
            for path in filter(pathlib.Path.exists, (*sorted(cls.directory.glob("*.out")), LOG)):
                print(f"--- {path}\n{path.read_text(errors='replace')[-8000:]}", file=sys.stderr)
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.processes.stop_all()
        cls.sink.close()
        shutil.rmtree(cls.directory)

    @classmethod
    def start(cls):
        host.start_names(cls.processes)
        cls.processes.start("rsyslogd", ["rsyslogd", "-n"], ready=lambda: host.is_socket("/dev/log"))
        host.start_milters()
        cls.processes.start("milter-manager", [MANAGER, "--config-dir", "/etc/milter-manager", "--no-daemon"],
                            ready=lambda: host.is_socket(f"unix:{host.SPOOL}/milter-manager/milter-manager.sock"))
        host.start_postfix(cls.processes, cls.sink.port)

    @classmethod
    def lines(cls):
        return LOG.read_text(encoding="utf-8", errors="replace").splitlines() if LOG.exists() else []

    @classmethod
    def send(cls, title, *, content=None, body="Nothing of note.", sender=FAR, recipient=LOCAL, inside=False):
        number = len(cls.mails)
        if content is None:
            content = (f"From: A Sender <{sender}>\r\nTo: <{recipient}>\r\nSubject: {title}\r\nDate: {email.utils.formatdate()}\r\n"
                       f"Message-ID: <{number}@{sender.split('@')[1]}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
                       f"{body}\r\n").encode("ascii")
        before, delivered = len(cls.lines()), len(cls.sink.mails())
        client = "127.0.0.1" if inside else own_host.OUTSIDE
        server = "127.0.0.1" if inside else own_host.ADDRESS
        with smtplib.SMTP(server, 25, local_hostname="client.far.example", source_address=(client, 0), timeout=120) as smtp:
            try:
                smtp.sendmail(sender, [recipient], content)
                answer = (250, b"")
            except smtplib.SMTPDataError as error:
                answer = (error.smtp_code, error.smtp_error)
        if answer[0] == 250:
            wait_for(lambda: len(cls.sink.mails()) > delivered, f"delivery of {title}")

        def is_told():
            ends = [line for line in cls.lines()[before:] if "[statistics] [milter][end]" in line]
            return len(ends) >= len(cls.enabled)
        wait_for(is_told, f"end of every milter's part in {title}")
        cls.mails[title] = Sent(answer, cls.sink.mails()[-1] if answer[0] == 250 else None, cls.lines()[before:])

    @classmethod
    def send_mail(cls):
        cls.enabled = list(cls.found)
        cls.send("clean")
        cls.send("own", sender=LOCAL, recipient=FAR, inside=True)
        signed = cls.mails["own"].delivered.content
        cls.send("signed", sender=LOCAL, content=signed[signed.index(b"DKIM-Signature:"):])
        cls.send("spam", body=SPAM)
        cls.send("virus", body=host.VIRUS)
        cls.send("forged", sender=STRICT)

    @classmethod
    def let_host(cls, action):
        """"enable" or "disable" by the system's own means; the milters go on running."""
        for name in ("clamav-milter", "spamass-milter"):
            host.run("update-rc.d", name, action)
        host.run("systemctl", action, "opendmarc")
        host.run(MANAGERCTL, "reload")
        milters = host.show_milters(MANAGER)
        cls.enabled = [name for name, milter in milters.items() if milter["enabled"] == "true"]
        return milters

    @classmethod
    def disable_three(cls):
        cls.disabled = cls.let_host("disable")
        cls.send("virus, one scanner disabled", body=host.VIRUS)
        cls.send("forged, opendmarc disabled", sender=STRICT)
        cls.send("spam, one filter disabled", body=SPAM)

    @classmethod
    def enable_them_again(cls):
        cls.let_host("enable")
        cls.send("virus, all enabled", body=host.VIRUS)

    @classmethod
    def crash_two(cls):
        socket = pathlib.Path(host.SOCKETS["spamass-milter"].removeprefix("unix:"))
        old = socket.stat().st_ino
        for name in ("spamass/spamass.pid", "opendkim/opendkim.pid"):
            pid = int(pathlib.Path("/run", name).read_text(encoding="ascii"))
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda pid=pid: not pathlib.Path(f"/proc/{pid}").exists(), "end of a milter")
        cls.send("spam, two milters have crashed", body=SPAM)

        def is_back():  # the script lets the manager in last of all
            try:
                return socket.stat().st_ino != old and socket.group() == "postfix"
            except FileNotFoundError:
                return False
        wait_for(is_back, "spamass-milter that the manager has started")
        cls.send("spam, one milter has crashed", body=SPAM)
        cls.send("clean, one milter has crashed")

    def test_show_config_finds_every_milter_with_its_socket_enabled(self):
        self.assertEqual({name: milter["connection_spec"] for name, milter in self.found.items()},
                         {name: f'"{spec}"' for name, spec in host.SOCKETS.items()})
        self.assertEqual(list(self.found), host.MILTERS)
        for name, milter in self.found.items():
            with self.subTest(name):
                self.assertEqual(milter["enabled"], "true")
                script = f'"/etc/init.d/{name}"' if name in ("clamav-milter", "spamass-milter", "amavisd-milter") else '"/usr/bin/systemctl"'
                self.assertEqual(milter["command"], script)

    def test_clean_mail_passes_and_carries_the_trace_of_every_milter(self):
        mail = self.mails["clean"]
        self.assertEqual(mail.code, 250, mail.text)
        scanned = mail.delivered.header("X-Virus-Scanned")
        self.assertEqual(mail.delivered.header("X-Virus-Status"), ["Clean"])
        self.assertTrue(any(value.startswith("clamav-milter") for value in scanned), scanned)
        self.assertTrue(any(value.startswith("Debian amavis") for value in scanned), scanned)
        self.assertTrue(any("dmarc=" in value for value in mail.delivered.header("Authentication-Results")))
        self.assertTrue(mail.delivered.header("X-Spam-Checker-Version"))
        self.assertTrue(mail.delivered.header("X-Spamd-Result"))
        self.assertEqual(mail.rejected_by(), [])
        self.assertEqual(sorted(mail.parts), sorted(host.MILTERS))

    def test_mail_from_inside_is_signed_and_spam_filters_are_not_asked(self):
        mail = self.mails["own"]
        self.assertEqual(mail.code, 250, mail.text)
        self.assertIn(f"d={host.DOMAIN}", mail.delivered.header("DKIM-Signature")[0])
        self.assertEqual(mail.delivered.header("X-Spam-Checker-Version") + mail.delivered.header("X-Spamd-Result"), [])
        for name in ("spamass-milter", "rspamd"):
            self.assertEqual(mail.parts[name][1], "stop")
        self.assertEqual(mail.delivered.header("X-Virus-Status"), ["Clean"])

    def test_a_signature_is_verified_by_one_milter_and_used_by_the_next(self):
        results = " ".join(self.mails["signed"].delivered.header("Authentication-Results"))
        self.assertIn("dkim=pass", results)
        self.assertIn("dmarc=pass", results)

    def test_spam_a_virus_and_a_forgery_are_rejected_each_by_the_milter_for_it(self):
        for title, name, text in (("spam", "spamass-milter", "Blocked by SpamAssassin"), ("virus", "clamav-milter", ""),
                                  ("forged", "opendmarc", "rejected by DMARC policy for strict.example")):
            with self.subTest(title):
                mail = self.mails[title]
                self.assertEqual(mail.code, 550)
                self.assertIn(text, mail.text)
                self.assertEqual(mail.rejected_by(), [name])

    def test_what_the_host_starts_no_longer_is_disabled_and_after_a_reload_not_contacted(self):
        disabled = {"clamav-milter", "opendmarc", "spamass-milter"}
        for name, milter in self.disabled.items():
            self.assertEqual(milter["enabled"], "false" if name in disabled else "true", name)
            self.assertEqual(milter["connection_spec"], self.found[name]["connection_spec"])
        virus, spam, forged = (self.mails[title] for title in ("virus, one scanner disabled", "spam, one filter disabled",
                                                               "forged, opendmarc disabled"))
        self.assertEqual((virus.code, virus.rejected_by()), (554, ["amavisd-milter"]), virus.text)
        self.assertIn(host.VIRUS_NAME, virus.text)
        self.assertEqual((spam.code, spam.rejected_by()), (554, ["rspamd"]), spam.text)
        self.assertEqual(forged.code, 250, forged.text)
        self.assertFalse(any("dmarc=" in value for value in forged.delivered.header("Authentication-Results")))
        for mail in (virus, spam, forged):
            self.assertEqual(set(host.MILTERS) - set(mail.parts), disabled)

    def test_what_is_enabled_again_counts_again_after_a_reload(self):
        mail = self.mails["virus, all enabled"]
        self.assertEqual((mail.code, mail.rejected_by()), (550, ["clamav-milter"]), mail.text)
        self.assertEqual(set(mail.parts), set(host.MILTERS))

    def test_a_milter_that_has_crashed_is_started_as_its_host_starts_it(self):
        mail, later = self.mails["spam, two milters have crashed"], self.mails["spam, one milter has crashed"]
        self.assertIn("/etc/init.d/spamass-milter start: spamass-milter", "\n".join(mail.log))
        # It is back in time, or the next filter does it.
        self.assertIn(mail.rejected_by(), (["spamass-milter"], ["rspamd"]), mail.text)
        self.assertEqual((later.code, later.rejected_by()), (550, ["spamass-milter"]), later.text)

    def test_a_milter_that_cannot_be_started_harms_nothing(self):
        # There is no systemd here that could start opendkim.
        mail = self.mails["clean, one milter has crashed"]
        self.assertEqual(mail.code, 250, mail.text)
        self.assertEqual(mail.parts["opendkim"][1], "error")
        self.assertEqual(mail.delivered.header("X-Virus-Status"), ["Clean"])
        self.assertTrue(mail.delivered.header("X-Spam-Checker-Version"))

    def test_the_manager_ends_in_good_order(self):
        self.assertEqual(self.exit_status, 0)
        self.assertNotIn("Sanitizer", self.processes.read("milter-manager"))


if __name__ == "__main__":
    own_host.enter()
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
