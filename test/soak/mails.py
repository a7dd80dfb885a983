# SPDX-License-Identifier: GPL-3.0-or-later
"""Mails with an outcome that is known beforehand, clients that send them until they have an answer, and the books."""
import dataclasses
import heapq
import random
import smtplib
import threading
import time

SPAM_WORD = "casino"


class Mail:
    """One message. Its number decides what it is like, so that a run with the same seed sends the same mails."""

    def __init__(self, number, seed):
        dice = random.Random(f"{seed} {number}")
        self.number = number
        self.spam = dice.random() < 0.3
        self.grey = dice.random() < 0.3
        self.sender = f"{'grey' if self.grey else 'sender'}{number}@ex.test"
        self.recipients = [f"to{number}-{index}@rcpt.test" for index in range(dice.choice([1, 1, 1, 2, 3]))]
        self.lines = dice.choice([1, 3, 50, 3000])
        self.spam_in_subject = dice.random() < 0.5

    def body(self):
        """Made when it is asked for: in an hour there are many mails."""
        lines = [f"line {line} of mail {self.number}" for line in range(self.lines)]
        if self.spam and not self.spam_in_subject:
            lines.append(f"See you at the {SPAM_WORD}.")  # which only who reads to the end can know
        return "\r\n".join(lines).encode("ascii") + b"\r\n"

    def content(self):
        """No line begins with a dot."""
        subject = f"mail {self.number}" + (f" from the {SPAM_WORD}" if self.spam and self.spam_in_subject else "")
        head = f"From: <{self.sender}>\r\nSubject: {subject}\r\nMessage-ID: <{self.number}@ex.test>\r\n\r\n"
        return head.encode("ascii") + self.body()


@dataclasses.dataclass
class Entry:
    """One recipient of one mail, as its client knows it."""
    state: str = "deferred"  # accepted, rejected
    tries: int = 0
    answer: str = ""         # the last one


class Books:
    """Of all mails. Thread-safe."""

    def __init__(self):
        self.lock = threading.Lock()
        self.mails = {}
        self.entries = {}  # (number, recipient) -> Entry
        self.without_answer = []

    def add(self, mail):
        with self.lock:
            self.mails[mail.number] = mail
            for recipient in mail.recipients:
                self.entries[mail.number, recipient] = Entry()

    def outstanding(self, mail):
        with self.lock:
            return [who for who in mail.recipients if self.entries[mail.number, who].state == "deferred"]

    def answered(self, mail, recipients, code, text):
        state = "accepted" if code < 300 else "deferred" if code < 500 else "rejected"
        with self.lock:
            for who in recipients:
                entry = self.entries[mail.number, who]
                entry.state, entry.answer = state, f"{code} {text!r}"
                entry.tries += 1

    def not_answered(self, mail, error):
        """The connection broke behind the last byte of a mail: nobody can know what became of it."""
        with self.lock:
            self.without_answer.append(f"mail {mail.number}: {error!r}")

    def count(self, state):
        with self.lock:
            return sum(1 for entry in self.entries.values() if entry.state == state)

    def tries(self):
        with self.lock:
            return sum(entry.tries for entry in self.entries.values())


class Clients:
    """Some clients at once, each sending mail after mail at a moderate rate. What is deferred is sent again, as an MTA would."""

    def __init__(self, port, books, seed, threads=4):
        self.port, self.books, self.seed = port, books, seed
        self.lock = threading.Lock()
        self.waiting = []  # (when, number), a heap
        self.next_number = 0
        self.sending_new = True
        self.finished = threading.Event()
        self.failures = []
        self.threads = [threading.Thread(target=self.run, args=(index,)) for index in range(threads)]
        for thread in self.threads:
            thread.start()

    def send_no_new_ones(self):
        self.sending_new = False

    def stop(self):
        self.finished.set()
        for thread in self.threads:
            thread.join()

    def take(self):
        """The mail whose time has come, else a new one; None: neither."""
        with self.lock:
            if self.waiting and self.waiting[0][0] <= time.monotonic():
                return self.books.mails[heapq.heappop(self.waiting)[1]]
            if not self.sending_new:
                return None
            mail = Mail(self.next_number, self.seed)
            self.next_number += 1
            self.books.add(mail)
            return mail

    def put_back(self, mail):
        if self.books.outstanding(mail):
            with self.lock:
                heapq.heappush(self.waiting, (time.monotonic() + 1.5, mail.number))

    def run(self, index):
        dice = random.Random(f"{self.seed} client {index}")
        while not self.finished.wait(dice.uniform(0.05, 0.4)):
            mails = [mail for mail in (self.take() for _ in range(dice.choice([1, 1, 2, 5]))) if mail]
            try:
                if mails:
                    self.send_all(mails)
            except Exception as error:  # a thread that ends would end the test's load unseen
                self.failures.append(f"client {index}: {error!r}")
            for mail in mails:
                self.put_back(mail)

    def send_all(self, mails):
        """On one connection, as far as it holds."""
        try:
            with smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.test", timeout=120) as client:
                for mail in mails:
                    if not self.send(client, mail):
                        return
        except (OSError, smtplib.SMTPException):
            pass  # what had no answer so far is sent again

    def send(self, client, mail):
        """False: the connection is of no more use."""
        outstanding = self.books.outstanding(mail)
        client.ehlo_or_helo_if_needed()
        code, text = client.mail(mail.sender)
        if code >= 400:
            self.books.answered(mail, outstanding, code, text)
            client.rset()
            return code != 421
        accepted = []
        for recipient in outstanding:
            code, text = client.rcpt(recipient)
            if code >= 400:
                self.books.answered(mail, [recipient], code, text)
            else:
                accepted.append(recipient)
            if code == 421:
                return False
        if not accepted:
            client.rset()
            return True
        code, text = client.docmd("DATA")
        if code != 354:
            self.books.answered(mail, accepted, code, text)
            client.rset()
            return code != 421
        try:
            client.send(mail.content() + b".\r\n")
            code, text = client.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.books.not_answered(mail, error)
            raise
        self.books.answered(mail, accepted, code, text)
        return code != 421
