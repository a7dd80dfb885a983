#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snippets for nginx and Apache, in the real servers: the statistics page is served as they say.

    web_server_test.py BUILD-DIRECTORY NGINX APACHE
"""
import gzip
import http.client
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from integration.processes import Processes, free_port, listening  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1]).resolve()
NGINX, APACHE = sys.argv[2:4]
del sys.argv[1:4]
ANALYZER = BUILD / "milter-manager-log-analyzer/milter-manager-log-analyzer"
SERVED = "/var/lib/milter-manager/statistics"
MODULES = pathlib.Path("/usr/lib/apache2/modules")
LOCAL = ("127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.7.8", "fe80::1", "fd00::7")
FOREIGN = ("203.0.113.7", "172.32.0.1", "8.8.8.8", "2001:db8::1", "169.254.1.1")


class Server:
    """A web server with the project's snippet and nothing else, on a loopback port."""

    def __init__(self, directory, page):
        self.directory, self.page, self.port = directory, page, free_port()

    def snippet(self, name):
        text = (ROOT / "share" / name / "milter-manager.conf").read_text(encoding="utf-8")
        assert SERVED in text
        file = self.directory / "snippet.conf"
        file.write_text(text.replace(SERVED, str(self.page)), encoding="utf-8")
        return file

    def start(self, processes):
        config = self.directory / "server.conf"
        config.write_text(self.configuration(), encoding="utf-8")
        processes.start("server", self.command(config), lambda: listening(self.port))


class Nginx(Server):
    name = "nginx"

    def configuration(self):
        places = "".join(f"{name}_temp_path {self.directory}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        return f"""daemon off;
{user}
worker_processes 1;
pid {self.directory}/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  {places}
  set_real_ip_from 127.0.0.1;
  real_ip_header X-Client;
  server {{
    listen 127.0.0.1:{self.port};
    root {self.directory}/nothing;
    include {self.snippet("nginx")};
  }}
}}
"""

    def command(self, config):
        return [NGINX, "-p", self.directory, "-e", "stderr", "-c", config]


class Apache(Server):
    name = "apache"

    def configuration(self):
        modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in
                          ("mpm_event", "authn_core", "authz_core", "authz_host", "alias", "dir", "mime", "headers", "remoteip"))
        user = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
        (self.directory / "nothing").mkdir()
        return f"""{modules}
{user}
ServerName localhost
ServerRoot {self.directory}
DefaultRuntimeDir {self.directory}
Mutex file:{self.directory}
PidFile {self.directory}/pid
ErrorLog /dev/stderr
StartServers 1
TypesConfig /dev/null
Listen 127.0.0.1:{self.port}
DocumentRoot {self.directory}/nothing
RemoteIPHeader X-Client
RemoteIPInternalProxy 127.0.0.1
<Directory />
  Require all denied
</Directory>
Include {self.snippet("apache")}
"""

    def command(self, config):
        return [APACHE, "-D", "FOREGROUND", "-f", config]


class WebServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="web-page."))
        cls.addClassCleanup(shutil.rmtree, cls.made)
        cls.made.chmod(0o755)
        log = cls.made / "log"
        with gzip.open(ROOT / "examples/week.log.gz", "rt", encoding="utf-8", errors="surrogateescape") as week:
            log.write_text("".join(line for line, _ in zip(week, range(2000))), encoding="utf-8", errors="surrogateescape")
        cls.page = cls.made / "page"
        subprocess.run([ANALYZER, "--output-directory", cls.page, "--now", "2026-03-09T01:00:00Z", log], check=True)
        cls.page.chmod(0o755)
        (cls.page / "folder").mkdir()
        (cls.page / ".hidden.html").write_text("hidden", encoding="utf-8")

    def each_server(self):
        """The servers, one after the other, each while it runs."""
        for kind in (Nginx, Apache):
            with self.subTest(kind.name):
                directory = pathlib.Path(tempfile.mkdtemp(prefix="web."))
                self.addCleanup(shutil.rmtree, directory)
                directory.chmod(0o755)
                processes = Processes(directory)
                self.addCleanup(processes.stop_all)
                server = kind(directory, self.page)
                server.start(processes)
                yield server
                self.assertEqual(processes.stop("server"), 0, processes.read("server"))
                # Of the configuration they had nothing to warn; an error is a request that was refused, or a file that is not there.
                told = re.findall(r"^.*\[(?:[a-z_]*:)?(?:warn|crit|alert|emerg)\].*$", processes.read("server"), re.M)
                self.assertEqual(told, [])

    def get(self, server, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.body = answer.read()
        return answer

    def check_headers(self, answer):
        self.assertEqual(answer.getheader("X-Content-Type-Options"), "nosniff")
        self.assertEqual(answer.getheader("Referrer-Policy"), "no-referrer")
        self.assertEqual(answer.getheader("Cache-Control"), "private, no-cache")
        # Nothing about what may be loaded: two policies would both hold, and the page's own knows what it needs.
        self.assertEqual(answer.getheader("Content-Security-Policy"), "frame-ancestors 'self'")

    def test_the_page_and_its_pictures_are_served(self):
        pictures = sorted(file.name for file in self.page.glob("*.png"))
        self.assertTrue(pictures)
        for server in self.each_server():
            page = self.get(server, "/milter-manager/")
            self.assertEqual((page.status, page.getheader("Content-Type").lower()), (200, "text/html; charset=utf-8"))
            self.assertEqual(page.body, (self.page / "index.html").read_bytes())
            self.check_headers(page)
            self.assertEqual(self.get(server, "/milter-manager/index.html").body, page.body)
            for name in pictures[:3]:
                picture = self.get(server, "/milter-manager/" + name)
                self.assertEqual((picture.status, picture.getheader("Content-Type")), (200, "image/png"))
                self.assertEqual(picture.body, (self.page / name).read_bytes())
                self.check_headers(picture)
                again = self.get(server, "/milter-manager/" + name, If_Modified_Since=picture.getheader("Last-Modified"))
                self.assertEqual((again.status, again.body), (304, b""))
            moved = self.get(server, "/milter-manager")
            self.assertEqual(moved.status, 301)
            self.assertTrue(moved.getheader("Location").endswith("/milter-manager/"))

    def test_nothing_else_in_the_folder_is_served(self):
        files = [file.name for file in self.page.iterdir() if file.is_file() and not re.fullmatch(r"[^.].*\.(html|png)", file.name)]
        self.assertIn("session.rrd", files)
        self.assertIn(".milter-manager-log-analyzer.state", files)
        self.assertIn(".hidden.html", files)
        for server in self.each_server():
            for name in [*files, "folder/", "nothing.html", "../log", "..%2flog", "%2e%2e/log", "folder/../.hidden.html"]:
                answer = self.get(server, "/milter-manager/" + name)
                self.assertIn(answer.status, (400, 403, 404), name)

    def test_who_is_not_in_a_local_network_is_refused(self):
        for server in self.each_server():
            for client in LOCAL:
                self.assertEqual(self.get(server, "/milter-manager/", X_Client=client).status, 200, client)
            for client in FOREIGN:
                for path in ("/milter-manager/", "/milter-manager/index.html", next(self.page.glob("*.png")).name):
                    path = path if path.startswith("/") else "/milter-manager/" + path
                    answer = self.get(server, path, X_Client=client)
                    self.assertEqual(answer.status, 403, (client, path))
                    self.assertEqual(answer.getheader("X-Content-Type-Options"), "nosniff")


if __name__ == "__main__":
    unittest.main()
