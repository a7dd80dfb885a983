# SPDX-License-Identifier: GPL-3.0-or-later
"""An LMTP server in a thread that keeps what it is given, byte for byte."""
import dataclasses
import socketserver
import threading


@dataclasses.dataclass
class Delivered:
    sender: str
    recipients: list
    content: bytes  # lines end in CR LF, dots are unstuffed

    def header(self, name):
        """All values of a header, from the top, unfolded."""
        head = self.content.split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace")
        lines = head.replace("\r\n\t", " ").replace("\r\n ", " ").split("\r\n")
        return [line.split(":", 1)[1].strip() for line in lines if line.lower().startswith(name.lower() + ":")]


class _Conversation(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode("ascii") + b"\r\n")

    def content(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return None
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def handle(self):
        sender, recipients = "", []
        self.say("220 sink.test LMTP")
        while line := self.rfile.readline():
            command = line.strip().decode("latin-1")
            verb = command.upper()
            if verb.startswith("LHLO"):
                self.wfile.write(b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n")
            elif verb.startswith("MAIL FROM:"):
                sender, recipients = command[10:].split(" ")[0], []
                self.say("250 2.1.0 ok")
            elif verb.startswith("RCPT TO:"):
                recipients.append(command[8:].split(" ")[0])
                self.say("250 2.1.5 ok")
            elif verb == "DATA":
                self.say("354 go on")
                content = self.content()
                if content is None:
                    return
                self.server.keep(Delivered(sender, recipients, content))
                for _ in recipients:
                    self.say("250 2.0.0 kept")
            elif verb in ("RSET", "NOOP"):
                self.say("250 2.0.0 ok")
            elif verb == "QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("500 5.5.1 unknown command")


class LmtpSink(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self._mails, self._lock = [], threading.Lock()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def keep(self, mail):
        with self._lock:
            self._mails.append(mail)

    def mails(self):
        with self._lock:
            return list(self._mails)

    def close(self):
        self.shutdown()
        self.server_close()
