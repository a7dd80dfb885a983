# SPDX-License-Identifier: GPL-3.0-or-later
"""Listens like rrdcached, takes every update, and writes none: what a daemon does that dies before it writes."""
import socketserver
import sys


class Forgetful(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            command = line.split(b" ")[0].strip().upper()
            answer = b"0 errors, enqueued 1 value(s).\n" if command == b"UPDATE" else b"0 Successfully done.\n"
            self.wfile.write(answer)
            if command == b"QUIT":
                return


with socketserver.ThreadingUnixStreamServer(sys.argv[1], Forgetful) as server:
    server.daemon_threads = True
    server.serve_forever()
