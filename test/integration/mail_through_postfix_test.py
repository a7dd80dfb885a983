#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred mails through Postfix, milter-manager, opendkim and example-milter; then what the archives say of them.

    mail_through_postfix_test.py BUILD-DIRECTORY [unittest arguments]
"""
import os
import pathlib
import shutil
import smtplib
import sys
import tempfile
import unittest

from archives import Archives
from lmtp_sink import LmtpSink
from opendkim import Opendkim
from postfix import Postfix
from processes import Processes, free_port, listening, open_to_all, wait_for

BUILD = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "build/dev").resolve()
SPAM_WORD = "casino"
CONNECTIONS, MAILS_PER_CONNECTION = 10, 10

CONFIGURATION = """\
log.use_syslog = false
log.path = "{directory}/log/manager.log"
manager.connection_spec = "inet:{port}@127.0.0.1"
define_milter("opendkim") do |milter|
  milter.connection_spec = "inet:{opendkim}@127.0.0.1"
end
define_milter("example-milter") do |milter|
  milter.connection_spec = "inet:{example}@127.0.0.1"
end
"""


class Mail:
    """The n-th mail: every seventh is spam, some have two recipients, some are large, some are not ASCII."""

    def __init__(self, number):
        self.number = number
        self.spam = number % 7 == 3
        self.sender = f"sender{number}@ex.test"
        self.recipients = [f"first{number}@rcpt.test"] + ([f"second{number}@rcpt.test"] if number % 4 == 0 else [])
        subject = f"Win at the {SPAM_WORD} now" if self.spam else f"Mail number {number}"
        body = [f"This is mail {number}.", ".a line that begins with a dot", ""]
        if number % 5 == 0:
            body += [f"line {line} of a large mail " + "x" * 60 for line in range(2000)]
        if number % 9 == 0:
            body += ["gr\u00fc\u00dfe aus k\u00f6ln"]
        head = [f"From: Sender <{self.sender}>", f"To: {', '.join(self.recipients)}", f"Subject: {subject}",
                f"Message-ID: <{number}@ex.test>", "X-Folded: one\r\n\ttwo"]
        self.content = ("\r\n".join(head) + "\r\n\r\n" + "\r\n".join(body) + "\r\n").encode("utf-8")

    def body(self):
        return self.content.split(b"\r\n\r\n", 1)[1]


class MailThroughPostfix(unittest.TestCase):
    """All mails are sent once; the tests look at what came of it."""

    @classmethod
    def setUpClass(cls):
        cls.directory = open_to_all(tempfile.mkdtemp(prefix="milter-manager-test."))
        cls.processes = Processes(cls.directory)
        cls.sink = LmtpSink()
        try:
            cls.start_programs()
            cls.send_mails()
            cls.stop_and_analyze()
        except BaseException:
            cls.print_logs()
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.processes.stop_all()
        cls.sink.close()
        shutil.rmtree(cls.directory)

    @classmethod
    def print_logs(cls):
        for path in sorted([*cls.directory.glob("*.out"), *cls.directory.glob("*/*log")]):
            print(f"--- {path.name}\n{path.read_text(encoding='utf-8', errors='replace')[-6000:]}", file=sys.stderr)

    @classmethod
    def start_programs(cls):
        manager, example = free_port(), free_port()
        for name in ("etc", "log", "archives"):
            (cls.directory / name).mkdir()
        os.chmod(cls.directory / "log", 0o777)  # milter-manager gives up being root
        cls.opendkim = Opendkim(cls.directory / "opendkim", "ex.test")
        cls.opendkim.start(cls.processes)
        cls.processes.start(
            "example-milter",
            [BUILD / "examples/milter/example-milter", "--connection-spec", f"inet:{example}@127.0.0.1",
             "--add-header", "X-Example:seen", "--reject-spam", SPAM_WORD],
            ready=lambda: listening(example))
        (cls.directory / "etc/milter-manager.conf").write_text(
            CONFIGURATION.format(directory=cls.directory, port=manager, opendkim=cls.opendkim.signer, example=example),
            encoding="ascii")
        cls.processes.start(
            "milter-manager",
            [BUILD / "core/daemon/milter-manager", "--config-dir", cls.directory / "etc", "--no-daemon"],
            ready=lambda: listening(manager))
        # The second port is the next hop: it verifies what the first one lets through.
        cls.postfix = Postfix(cls.directory / "postfix", cls.sink.port,
                              [f"inet:127.0.0.1:{manager}", f"inet:127.0.0.1:{cls.opendkim.verifier}"])
        cls.postfix.start(cls.processes)

    @classmethod
    def send_mails(cls):
        cls.mails = [Mail(number) for number in range(CONNECTIONS * MAILS_PER_CONNECTION)]
        cls.answers = {}
        for first in range(0, len(cls.mails), MAILS_PER_CONNECTION):
            with smtplib.SMTP("127.0.0.1", cls.postfix.ports[0], local_hostname="client.test", timeout=30) as client:
                for mail in cls.mails[first:first + MAILS_PER_CONNECTION]:
                    cls.answers[mail.number] = cls.send(client, mail)
        cls.accepted = [mail for mail in cls.mails if not mail.spam]
        wait_for(lambda: len(cls.sink.mails()) >= len(cls.accepted), "delivery of every mail")
        cls.delivered = {int(mail.header("Message-ID")[0][1:].split("@")[0]): mail for mail in cls.sink.mails()}

    @staticmethod
    def send(client, mail):
        try:
            client.sendmail(mail.sender, mail.recipients, mail.content, mail_options=["BODY=8BITMIME"])
            return 250, b""
        except smtplib.SMTPDataError as error:
            return error.smtp_code, error.smtp_error

    @classmethod
    def stop_and_analyze(cls):
        cls.exit_status = cls.processes.stop("milter-manager")
        cls.archives = Archives(cls.directory / "archives")
        cls.archives.analyze(BUILD / "milter-manager-log-analyzer/milter-manager-log-analyzer",
                             cls.directory / "log/manager.log")

    def test_the_page_counts_every_mail_and_has_nothing_to_complain_of(self):
        page = (self.directory / "archives/index.html").read_text(encoding="utf-8")
        # In the last minutes, in the week, and, unless midnight was in between, on the day.
        self.assertGreaterEqual(page.count(f"<b>{len(self.mails)}</b> messages"), 2)
        self.assertRegex(page, '<section id="notices"[^>]* hidden>')
        # The run is seen in the graphs of all ranges, though no row of them is complete.
        self.assertEqual(page.count('alt="Recipients, Last '), 4 * 2)

    def test_only_spam_is_refused_and_in_the_milters_words(self):
        for mail in self.mails:
            code, text = self.answers[mail.number]
            with self.subTest(mail=mail.number):
                self.assertEqual(code, 550 if mail.spam else 250, text)
        self.assertEqual(len(self.sink.mails()), len(self.accepted))
        self.assertEqual(sorted(self.delivered), [mail.number for mail in self.accepted])

    def test_every_delivered_mail_has_the_headers_of_both_milters_once(self):
        for number, mail in self.delivered.items():
            with self.subTest(mail=number):
                self.assertEqual(mail.header("X-Example"), ["seen"])
                self.assertEqual(len(mail.header("DKIM-Signature")), 1)
                self.assertIn("d=ex.test", mail.header("DKIM-Signature")[0])

    def test_the_body_and_the_other_headers_arrive_as_they_were_sent(self):
        for mail in self.accepted:
            arrived = self.delivered[mail.number]
            with self.subTest(mail=mail.number):
                self.assertEqual(arrived.content.split(b"\r\n\r\n", 1)[1], mail.body())
                self.assertIn(b"\r\nX-Folded: one\r\n\ttwo\r\n", arrived.content)
                self.assertEqual(sorted(arrived.recipients), sorted(f"<{who}>" for who in mail.recipients))

    def test_the_signature_is_valid_for_the_next_hop(self):
        sent = len(self.delivered)
        before = len(self.sink.mails())
        with smtplib.SMTP("127.0.0.1", self.postfix.ports[1], local_hostname="next.test", timeout=30) as client:
            for mail in self.delivered.values():
                client.sendmail("back@ex.test", ["verified@rcpt.test"], mail.content, mail_options=["BODY=8BITMIME"])
        wait_for(lambda: len(self.sink.mails()) >= before + sent, "delivery by the next hop")
        for mail in self.sink.mails()[before:]:
            with self.subTest(mail=mail.header("Message-ID")):
                self.assertIn("dkim=pass", mail.header("Authentication-Results")[0])

    def test_milter_manager_ends_in_good_order(self):
        self.assertEqual(self.exit_status, 0)
        self.assertNotIn("Sanitizer", self.processes.read("milter-manager"))
        self.assertNotIn("warning: milter", self.postfix.log())

    def test_the_archives_count_every_connection(self):
        self.assertEqual(self.archives.sums("session.rrd")["smtp"], CONNECTIONS)
        self.assertEqual(self.archives.sums("session.rrd")["child"], 2 * CONNECTIONS)
        self.assertEqual(sum(self.archives.sums("milter-manager.status.rrd").values()), CONNECTIONS)

    def test_the_archives_count_every_message(self):
        spam = len(self.mails) - len(self.accepted)
        sums = self.archives.sums("milter-manager.message.rrd")
        self.assertEqual({name: sums[name] for name in ("pass", "reject", "temporary_failure", "discard", "abort")},
                         {"pass": len(self.accepted), "reject": spam, "temporary_failure": 0, "discard": 0, "abort": 0})
        self.assertEqual(sums["recipients"], sum(len(mail.recipients) for mail in self.mails))

    def test_the_archives_know_which_milter_rejected(self):
        spam = len(self.mails) - len(self.accepted)
        self.assertEqual(self.archives.sums("milter.message.example-milter.rrd")["reject"], spam)
        self.assertEqual(self.archives.sums("milter.message.opendkim.rrd")["reject"], 0)

    def test_the_page_is_there(self):
        page = (self.directory / "archives/index.html").read_text(encoding="utf-8")
        self.assertIn("example-milter", page)
        self.assertIn("opendkim", page)


if __name__ == "__main__":
    unittest.main()
