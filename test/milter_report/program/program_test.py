#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""milter-report as people run it: what it answers to bad input, its exit statuses, its mail, its line for Nagios.

    program_test.py MILTER-REPORT
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPORT = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
ROOT = pathlib.Path(__file__).resolve().parents[3]
WEEK = ROOT / "examples" / "week.log.gz"
AFTER = "2026-03-09T00:10:00Z"

OLD = (b"Sep 14 00:13:24 mail milter-manager[9612]: [statistics] [session][end][end-of-message][pass][1.2](129)\n"
       b"Sep 14 00:13:25 mail milter-manager[9612]: [statistics] [milter][end][end-of-message][accept][0.2](130): clamav-milter\n")


def run(*arguments, stdin=b""):
    done = subprocess.run([str(argument) for argument in (REPORT, *arguments)], input=stdin, capture_output=True, check=False,
                          env={**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class BadInputTest(unittest.TestCase):
    def fails(self, expected, *arguments, stdin=b""):
        status, out, error = run(*arguments, stdin=stdin)
        self.assertEqual(status, 1, error)
        self.assertEqual(out, "")
        self.assertRegex(error, expected)

    def test_no_log_an_empty_log_and_the_wrong_log_are_told_apart(self):
        self.fails("/nonexistent: .*No such file", "summary", "/nonexistent")
        self.fails("standard input: no line is in it", "summary", "-")
        self.fails('none of them a statistics line of "milter-manager"', "summary", "-", stdin=b"Sep 14 00:13:24 mail sshd[1]: hello\n")
        self.fails("none of them a statistics line", "summary", "--program", "other", WEEK)

    def test_an_empty_period_is_told_with_what_the_log_has(self):
        self.fails("nothing from 2027-01-01 00:00:00 on; the log has events of 2026-03-02", "summary", "--since", "2027-01-01", WEEK)
        self.fails("--since is not before --until", "summary", "--since", "today", "--until", "yesterday", WEEK)
        self.fails('"next week" is no time', "summary", "--since", "next week", WEEK)

    def test_an_unknown_milter_is_told_with_those_that_there_are(self):
        self.fails('no milter "nosuch".*milter-greylist, opendkim, spamass-milter', "compare", "enforced", "evaluated", "--milter", "nosuch", WEEK)

    def test_an_old_log_says_what_it_cannot_tell_and_what_it_can(self):
        status, out, _ = run("summary", "-", "--now", "2026-09-15", stdin=OLD)
        self.assertEqual(status, 0)
        self.assertIn("no [message] lines", out)
        self.assertRegex(out, r"clamav-milter +1 ")
        self.fails(r"1 connections of .* but no \[message\] lines.*milter-report summary", "evaluation", "-", "--now", "2026-09-15", stdin=OLD)

    def test_a_mail_that_is_nowhere(self):
        self.fails('"nobody@example.org" is in no line', "mail", "nobody@example.org", WEEK)

    def test_sides_that_cannot_be_compared(self):
        self.fails("overlap", "compare", "2026-03-02..2026-03-04", "2026-03-03..2026-03-05", WEEK)
        self.fails("of a kind", "compare", "2026-03-02", "host:mx1", WEEK)
        self.fails("name it with --milter", "compare", "enforced", "evaluated", WEEK)
        self.fails('nothing of "2026-03-09"', "compare", "2026-03-08", "2026-03-09", WEEK)
        self.fails('"last tuesday" is no day', "compare", "2026-03-08", "last tuesday", WEEK)

    def test_a_command_line_that_is_not_understood(self):
        for arguments in ((), ("nosuch",), ("summary", "--nosuch"), ("summary", "--json", "--csv", WEEK)):
            status, _, error = run(*arguments)
            self.assertEqual(status, 1, arguments)
            self.assertNotEqual(error, "")

    def test_output_that_is_lost_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([REPORT, "summary", WEEK], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write to standard output", done.stderr)


class ArchiveTest(unittest.TestCase):
    def test_an_archive_that_cannot_be_read_is_named(self):
        with tempfile.TemporaryDirectory(prefix="archives.") as folder:
            for name in ("milter-manager.status.rrd", "milter.load.spamass-milter.rrd", "session.rrd"):
                (pathlib.Path(folder) / name).write_bytes(b"RRD\0" + bytes(range(256)) * 4)
            for arguments in (("summary",), ("tuning", "spamd")):
                status, out, error = run(*arguments, "--archives", folder, "--now", AFTER)
                self.assertEqual((status, out), (1, ""), error)
                self.assertRegex(error, r"[.]rrd")
        for arguments in (("summary",), ("tuning", "spamd")):
            status, out, error = run(*arguments, "--archives", "/nonexistent", "--now", AFTER)
            self.assertEqual((status, out), (1, ""))
            self.assertIn("/nonexistent", error)


class UntrustedTest(unittest.TestCase):
    LOG = (b"2026-09-14T00:00:01+00:00 mail milter-manager[7]: [statistics] [milter][message][end-of-message][reject][enforced][answer][1][0][0]"
           b"[0.5][0.5][1789344001.5](1.1.2): A1: -: \x1b[31m<b>\xff\n"
           b"2026-09-14T00:00:01+00:00 mail postfix/smtpd[1]: A1: client=\x1b]0;title\x07[192.0.2.1]\n"
           b"2026-09-14T00:00:02+00:00 mail milter-manager[7]: [statistics] [message][end][end-of-message][reject][1.0][9][1][0](1.1): A1\n")

    def test_a_log_says_nothing_to_the_terminal(self):
        for arguments in (("summary",), ("mail", "A1"), ("summary", "--json"), ("mail", "--html", "A1"), ("summary", "--csv"), ("digest",),
                          ("check", "--warn", "wait_p95>1ms")):
            status, out, error = run(*arguments, "--now", "2026-09-15", "-", stdin=self.LOG)
            self.assertIn(status, (0, 1), error)
            self.assertNotEqual(out, "")
            self.assertIsNone(re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]", out + error), arguments)
            self.assertNotIn("<b>", out if "--html" in arguments else "")

    def test_a_name_asked_for_says_nothing_to_it_either(self):
        _, _, error = run("mail", "\x1b[31m", "-", stdin=self.LOG)
        self.assertNotIn("\x1b", error)


class MailTest(unittest.TestCase):
    def test_a_story_from_standard_input(self):
        log = UntrustedTest.LOG + (b"2026-09-14T00:00:03+00:00 mail postfix/cleanup[1]: A1: milter-reject: END-OF-MESSAGE from mx[192.0.2.1]: "
                                   b"5.7.1 no; from=<a@example.com> to=<b@example.org> proto=ESMTP helo=<mx>\n"
                                   b"2026-09-14T00:00:04+00:00 mail postfix/smtpd[1]: NOQUEUE: milter-reject: RCPT from mx[192.0.2.1]: 451 4.7.1 "
                                   b"later; from=<a@example.com> to=<c@example.org> proto=ESMTP helo=<mx>\n")
        status, out, error = run("mail", "--json", "A@example.com", "--now", "2026-09-15", "-", stdin=log)
        self.assertEqual(status, 0, error)
        story, refused = json.loads(out)["sections"]
        self.assertEqual(story["facts"]["queue_id"], "A1")
        self.assertEqual(story["facts"]["recipients"], "b@example.org")
        self.assertEqual(story["tables"]["milters"]["rows"][0]["outcome"], "rejected it")
        self.assertEqual(len(refused["tables"]["refusals"]["rows"]), 1)

    def test_the_mta_s_deliveries_are_told_recipient_by_recipient(self):
        def delivery(*statuses):
            log = UntrustedTest.LOG + b"".join(b"2026-09-14T00:01:00+00:00 mail postfix/smtp[1]: A1: to=<r%d@example.org>, relay=r, dsn=2.0.0, status=%s\n"
                                               % (i, status) for i, status in enumerate(statuses))
            status, out, error = run("mail", "--json", "A1", "--now", "2026-09-15", "-", stdin=log)
            self.assertEqual(status, 0, error)
            return json.loads(out)["sections"][0]["conclusions"][-1]

        self.assertEqual(delivery(b"sent (status=deferred)"), "The MTA has delivered it.")
        self.assertEqual(delivery(b"deferred (x)", b"deferred (status=sent)"), "The MTA still tries to deliver it.")
        self.assertEqual(delivery(b"sent (ok)", b"bounced (no)", b"sent (ok)"),
                         "The MTA: delivered to 2 of 3 recipients; not to be delivered to 1 of 3.")


class CheckTest(unittest.TestCase):
    def check(self, status, answer, *arguments):
        code, out, error = run("check", "--now", AFTER, "--since", "-7d", *arguments, WEEK)
        self.assertEqual(out.count("\n"), 1, out + error)
        self.assertRegex(out, answer)
        self.assertEqual(code, status, out)

    def test_its_status_is_the_worst_of_its_thresholds(self):
        self.check(0, r"^MILTER OK - [\d,]+ messages, [\d,]+ connections \| 'messages'=\d+$", "--crit", "messages<1")
        self.check(1, r"^MILTER WARNING - spamass-milter wait_p95 1\.\d+ s > 1\.00 s; ", "--warn", "wait_p95>1s")
        self.check(2, "^MILTER CRITICAL - spamass-milter wait_p95", "--warn", "wait_p99:opendkim>1ms", "--crit", "wait_p95:spamass-milter>1s")
        self.check(0, "^MILTER OK", "--warn", "wait_p95:opendkim>1s")

    def test_what_it_cannot_tell_is_unknown(self):
        self.check(3, "^MILTER UNKNOWN - nothing of nosuch failed", "--warn", "failed:nosuch>1%")
        self.check(3, "^MILTER UNKNOWN - there is no figure", "--warn", "nosuch>1%")
        self.check(3, '^MILTER UNKNOWN - "1 parsec" is no value', "--warn", "age>1 parsec")
        self.assertEqual(run("check", "/nonexistent")[0], 3)
        self.assertEqual(run("check", "--nosuch")[0], 3)
        self.check(3, "^MILTER UNKNOWN - not all could be read: .*nonexistent.*messages", "--warn", "messages<1", "/nonexistent")
        self.check(2, "^MILTER CRITICAL - .*not all could be read", "--crit", "wait_p95:spamass-milter>1s", "/nonexistent")

    def answer(self, status, answer, *arguments, stdin=b""):
        code, out, error = run("check", "--now", AFTER, *arguments, stdin=stdin)
        self.assertEqual((code, error), (status, ""), out)
        self.assertEqual(out.count("\n"), 1, out)
        self.assertRegex(out, answer)

    def test_whatever_fails_the_answer_is_one_line_and_its_status_says_unknown(self):
        with tempfile.TemporaryDirectory(prefix="check.") as folder:
            place = pathlib.Path(folder)
            cut = place / "mail.log.gz"
            cut.write_bytes(WEEK.read_bytes()[:5000])
            broken = place / "broken.log.xz"
            broken.write_bytes(b"\xfd7zXZ\0" + b"no such thing" * 9)
            rules = place / "rules.toml"
            rules.write_text("[[rule]\n", encoding="utf-8")
            empty = place / "empty.log"
            empty.touch()
            self.answer(3, "^MILTER UNKNOWN - .*nonexistent: .*No such file", "/nonexistent")
            self.answer(3, "^MILTER UNKNOWN - .*no line is in it", empty)
            self.answer(3, "^MILTER UNKNOWN - ", place)
            self.answer(3, "^MILTER UNKNOWN - .*broken.log.xz", broken)
            self.answer(3, "^MILTER UNKNOWN - .*not all could be read: .*mail.log.gz", "--since", "-30d", "--warn", "messages<1", cut)
            self.answer(3, "^MILTER UNKNOWN - .*rules.toml", "--report-rules", rules, WEEK)
        self.answer(3, "^MILTER UNKNOWN - .*none of them a statistics line", "-", stdin=b"Mar  8 00:13:24 mail sshd[1]: hello\n")
        self.answer(3, '^MILTER UNKNOWN - --since: "next week" is no time', "--since", "next week", WEEK)
        self.answer(3, "^MILTER UNKNOWN - .*is no threshold", "--crit", "failed", WEEK)
        self.answer(3, '^MILTER UNKNOWN - "rejected" is no figure of a milter', "--warn", "rejected:opendkim>1%", WEEK)
        self.answer(3, "^MILTER UNKNOWN - there is no figure", "--warn", "a|b\nc>1", WEEK)

    def test_an_answer_that_nobody_gets_is_unknown(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([REPORT, "check", "--now", AFTER, WEEK], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 3)

    def test_a_limit_that_nothing_exceeds_is_refused(self):
        self.check(3, "^MILTER UNKNOWN - failed>5: 5 is more than all: is 5% meant[?]", "--warn", "failed>5")
        for limit in ("inf", "nan", "nan%"):
            self.check(3, "^MILTER UNKNOWN - .* is no number", "--warn", f"failed>{limit}")
        self.check(3, "^MILTER UNKNOWN - .* is no value", "--warn", "age>1e307d")

    def test_a_log_that_has_stopped_is_critical(self):
        code, out, _ = run("check", "--now", "2026-03-09T12:00:00Z", WEEK)
        self.assertEqual(code, 2, out)
        self.assertRegex(out, r"^MILTER CRITICAL - age 12 h > 60 min; 0 messages")


class DigestTest(unittest.TestCase):
    def test_the_week_as_a_mail(self):
        status, out, _ = run("digest", "--to", "postmaster@example.org", "--now", AFTER, WEEK)
        self.assertEqual(status, 0)
        head, body = out.split("\n\n", 1)
        self.assertIn("To: postmaster@example.org\nSubject: milter manager: 2026-03-02 to 2026-03-08\nDate: Mon, 09 Mar 2026 00:10:00 +0000", head)
        self.assertIn("Auto-Submitted: auto-generated", head)
        golden = pathlib.Path(__file__).parent / "golden" / "digest.txt"
        body = body.replace(str(WEEK), "examples/week.log.gz")
        body = re.sub(r"  log .*\n(?:    .*\n)?", "  log     examples/week.log.gz\n", body, count=1)
        if "ACCEPT" in os.environ:
            golden.write_text(body, encoding="utf-8")
        self.assertEqual(body, golden.read_text(encoding="utf-8"))

    def test_an_address_cannot_add_headers(self):
        status, out, _ = run("digest", "--to", "a@example.org\nBcc: b@example.org", WEEK)
        self.assertEqual((status, out), (1, ""))


if __name__ == "__main__":
    unittest.main()
