# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of statistics events, as milter manager and its predecessor write them: written here from the format's
description, not from the program that reads them."""
import re

STATES = ["connect", "helo", "envelope-from", "envelope-recipient", "data", "header", "end-of-header", "body", "end-of-message"]
STATUSES = ["pass", "accept", "reject", "discard", "temporary-failure", "quarantine", "abort", "error"]

MAXIMUM_VALUE = 2048

# Headers that milters add: name, value, what they report, and how long greylisting delayed (seconds).
REPORTS = [
    (b"X-Spam-Flag", b"YES", ["spam"], None),
    (b"X-Spam", b"Yes", ["spam"], None),
    (b"x-spam-flag", b"no", [], None),
    (b"X-Spam-Status", b"Yes, score=7.3 required=5.0\n\ttests=BAYES_99,\n\tURIBL_BLACK,URIBL_RED autolearn=no", ["uribl"], None),
    (b"X-Spam-Status", b"No, score=0.3 required=5.0 tests=BAYES_00,\n\tNO_RELAYS autolearn=ham", [], None),
    (b"X-Virus-Status", b"Infected (Eicar-Test-Signature)", ["virus"], None),
    (b"X-Virus-Status", b"Clean", [], None),
    (b"X-Greylist", b"Delayed for 00:04:59 by milter-greylist-4.6.3 (mail.example.org [192.0.2.1])", ["greylisting_pass"], 299),
    (b"X-Greylist", b"Delayed for 00:31:05 by milter-greylist-4.6.3\n\t(mail.example.org [192.0.2.1]); Mon, 14 Sep 2026",
     ["greylisting_pass"], 1865),
    (b"X-Greylist", b"Delayed for 25:00:00 by milter-greylist-4.6.3", ["greylisting_pass"], 90000),
    (b"X-Greylist", b"Message whitelisted by tarpit 35s, not delayed by milter-greylist-4.6.3", ["tarpitting_pass"], None),
    (b"X-Greylist", b"Sender is SPF-compliant, not delayed by milter-greylist-4.6.3", ["spf_pass"], None),
    (b"Authentication-Results", b"mail.example.org;\n\tspf=pass smtp.mailfrom=a@example.org;\n\tsender-id=pass header.From=a@example.org",
     ["spf_pass", "sender_id_pass"], None),
    (b"Authentication-Results", b"mx.example.org;\n\tdkim=pass (2048-bit key; x) header.i=@example.org; dkim-adsp=pass",
     ["dkim_pass", "dkim_adsp_pass"], None),
    (b"Authentication-Results", b"mx.example.org; dkim=neutral (verification failed) header.i=@example.org;\n dkim-adsp=fail",
     ["dkim_fail", "dkim_adsp_fail"], None),
    (b"Authentication-Results", b"mx.example.org; spf=hardfail; sender-id=fail", ["spf_fail", "sender_id_fail"], None),
    (b"Authentication-Results", b"mx.example.org; dkim=none; spf=softfail", [], None),
    (b"Subject", b"[statistics] >: 100% <of> \\it\\, #012 and \xfc\xe4\xff", [], None),
]


def _hex(match):
    return b"\\x%02x" % match.group()[0]


def escape(text, closing=b""):
    """For a field that `closing` ends. '#' is escaped where three digits follow: rsyslog writes such for control bytes."""
    text = re.sub(rb"#(?=[0-9]{3})|[\x00-\x1f\x7f\\]" + (b"|" + re.escape(closing) if closing else b""), _hex, text)
    return text


def escape_word(text):
    """A queue id or the name of a condition."""
    return re.sub(b":", _hex, escape(text)) if text else b"-"


def prepare_value(value):
    """What a producer makes of a header's value: one line, not longer than fits; whether it was cut."""
    value = re.sub(rb"[\r\n]+[ \t]*", b" ", value)
    kept = value
    while len(escape(kept, b">")) > MAXIMUM_VALUE:
        kept = kept[:len(kept) - max(1, (len(escape(kept, b">")) - MAXIMUM_VALUE) // 4)]
    return kept, kept != value


def elapsed(random):
    """As C's %g writes it; a child that never connected has been seen with -1e-06."""
    return (b"%.6g" % random.choice([0, -1e-06, 1e-05, random.expovariate(3), random.uniform(0, 400)]))


class Original:
    """The predecessor: nothing is escaped, values keep their line breaks, no messages, no heartbeats."""
    own = False

    @staticmethod
    def session_end(state, status, seconds, tag):
        return b"[session][end][%s][%s][%s](%d)" % (state.encode(), status.encode(), seconds, tag)

    @staticmethod
    def milter_end(state, status, seconds, tag, name):
        return b"[milter][end][%s][%s][%s](%d): %s" % (state.encode(), status.encode(), seconds, tag, name)

    @staticmethod
    def header_add(tag, header, value, name):
        return b"[milter][header][add](%d): <%s>=<%s>: %s" % (tag, header, value, name)

    @staticmethod
    def session_header_add(tag, header, value):
        return b"[session][header][add](%d): <%s>=<%s>" % (tag, header, value)


class Own(Original):
    own = True

    @staticmethod
    def milter_end(state, status, seconds, tag, name):
        return Original.milter_end(state, status, seconds, tag, escape(name))

    @staticmethod
    def _value(value):
        kept, cut = prepare_value(value)
        return escape(kept, b">") + (b"\\~" if cut else b"")

    @staticmethod
    def header_add(tag, header, value, name):
        return Original.header_add(tag, escape(header, b">"), Own._value(value), escape(name))

    @staticmethod
    def session_header_add(tag, header, value):
        return Original.session_header_add(tag, escape(header, b">"), Own._value(value))

    @staticmethod
    def message_end(state, status, seconds, size, recipients, refused, session, number, queue_id):
        return b"[message][end][%s][%s][%.6f][%d][%d][%d](%d.%d): %s" % (
            state.encode(), status.encode(), seconds, size, recipients, refused, session, number, escape_word(queue_id))

    @staticmethod
    def milter_message(state, status, group, cause, counts, waits, epoch, tags, words):
        when = b"-" if epoch is None else b"%.6f" % epoch
        queue_id, condition, name = words
        return b"[milter][message][%s][%s][%s][%s][%d][%d][%d][%.6f][%.6f][%s](%d.%d.%d): %s: %s: %s" % (
            state.encode(), status.encode(), group.encode(), cause.encode(), *counts, *waits, when, *tags,
            escape_word(queue_id), escape_word(condition), escape(name))

    @staticmethod
    def milter_load(span, epoch, numbers, quantiles, sums, name):
        opened, busy, mean, largest = numbers
        texts = [b"-" if value is None else b"%.6f" % value for value in quantiles]
        return b"[milter][load][%.6f][%.6f][%d][%d][%.6f][%d][%s][%s][%s][%d][%d][%d]: %s" % (
            span, epoch, opened, busy, mean, largest, *texts, *sums, escape(name))

    @staticmethod
    def heartbeat(span, epoch, lines, sessions, opened, children, dropped):
        return b"[heartbeat][%.6f][%.6f][%d][%d][%d][%d][%d]" % (span, epoch, lines, sessions, opened, children, dropped)
