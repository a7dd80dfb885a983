#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""milter-manager-viewer as its user starts it, without a window; and what is installed beside it.

    program_test.py PROGRAM PROJECT-ROOT
"""
import csv
import io
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import archives  # noqa: E402

PROGRAM, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
NEWEST = 1789344000


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.TemporaryDirectory()
        cls.here = pathlib.Path(cls.room.name)
        cls.folder = archives.folder(cls.here / "archives", NEWEST, days=3)

    @classmethod
    def tearDownClass(cls):
        cls.room.cleanup()

    def run_viewer(self, *arguments):
        environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
        environment |= {"HOME": str(self.here), "TZ": "Europe/Berlin", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(self.here)}
        return subprocess.run([PROGRAM, *map(str, arguments)], env=environment, cwd=self.here, capture_output=True, timeout=60)

    def good(self, *arguments):
        done = self.run_viewer(*arguments)
        self.assertEqual((done.returncode, done.stderr.decode()), (0, ""))
        return done

    def test_a_picture_needs_no_screen(self):
        for width in (700, 1200):
            self.good("--export", "PNG", "--range", "day", "--width", width, "--output", "out.png", self.folder)
            head = (self.here / "out.png").read_bytes()[:24]
            self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
            self.assertEqual(struct.unpack(">I", head[16:20])[0], width)

    def test_a_drawing_is_svg_with_the_names_of_what_it_shows(self):
        self.good("--export", "svg", "--milter", "spamass-milter", "--chart", "load", "--output", "out.svg", self.folder)
        texts = "".join(xml.parse(self.here / "out.svg").getroot().itertext())
        self.assertIn("spamass-milter: Load", texts)
        self.assertIn("busy, at most", texts)

    def test_japanese_pictures_have_japanese_words(self):
        self.good("--export", "SVG", "--language", "ja", "--chart", "status", "--output", "out.svg", self.folder)
        self.assertIn("拒否", "".join(xml.parse(self.here / "out.svg").getroot().itertext()))

    def test_a_table_goes_to_standard_output(self):
        table = list(csv.reader(io.StringIO(self.good("--export", "CSV", "--range", "hour", "--output", "-", self.folder).stdout.decode())))
        self.assertEqual(table[0], ["time", *archives.STATUS])
        self.assertGreaterEqual(len(table), 50)
        self.assertGreater(float(table[-2][2]), 0)

    def test_several_tables_are_several_files(self):
        self.good("--export", "CSV", "--chart", "status", "--chart", "load", "--output", "out.csv", self.folder)
        self.assertTrue((self.here / "out-status.csv").read_text().startswith("time,pass"))
        self.assertTrue((self.here / "out-load.csv").read_text().startswith("time,smtp"))

    def test_a_range_of_ones_own_is_local_time(self):
        out = self.good("--export", "CSV", "--range", "2026-09-13T10:00/2026-09-13T12:00", "--output", "-", self.folder).stdout.decode()
        self.assertTrue(out.splitlines()[1].startswith("2026-09-13T08:"), out.splitlines()[1])

    def test_what_cannot_be_is_told_on_standard_error(self):
        for status, says, arguments in [
            (1, "no such milter here; there are: clamav-milter", ["--export", "PNG", "--milter", "nobody", self.folder]),
            (1, "nobody: no such host here; there are: none", ["--export", "PNG", "--host", "nobody", self.folder]),
            (1, "can't be written", ["--export", "PNG", "--output", "/nowhere/at/all.png", self.folder]),
            (1, "nothing-here", ["--export", "PNG", self.here / "nothing-here"]),
            (2, "no range", ["--export", "PNG", "--range", "fortnight", self.folder]),
            (2, "--export needs a place", ["--export", "PNG"]),
            (2, "--export", ["--export", "GIF", self.folder]),
            (2, "-oProxyCommand", ["--export", "PNG", "ssh://-oProxyCommand=id"]),
        ]:
            with self.subTest(arguments):
                done = self.run_viewer(*arguments)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(says, done.stderr.decode())
                self.assertEqual(done.stdout, b"")

    def test_a_damaged_archive_does_not_keep_the_others_from_being_drawn(self):
        broken = self.here / "broken"
        archives.folder(broken, NEWEST, days=1)
        (broken / "milter-manager.report.rrd").write_bytes(b"RRD\0" + bytes(range(256)) * 20)
        done = self.run_viewer("--export", "PNG", "--output", "out.png", broken)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_help_and_version_say_what_they_should(self):
        self.assertIn("--export", self.good("--help").stdout.decode())
        self.assertRegex(self.good("--version").stdout.decode(), r"^milter-manager-viewer \d+\.\d+\.\d+\n$")

    def test_every_option_is_in_the_manual(self):
        manual = (ROOT / "share/man/milter-manager-viewer.1").read_text().replace("\\-", "-")
        for line in self.good("--help").stdout.decode().splitlines():
            for word in line.split()[:2]:
                if word.startswith("--"):
                    self.assertIn(word.split(",")[0].rstrip(":"), manual)


class Installed(unittest.TestCase):
    def test_desktop_entry_and_metadata_are_valid(self):
        for command in (["desktop-file-validate", ROOT / "share/applications/milter-manager-viewer.desktop"],
                        ["appstreamcli", "validate", "--no-net", ROOT / "share/metainfo/milter-manager-viewer.metainfo.xml"],
                        ["man", "--warnings", "-l", "-Tutf8", ROOT / "share/man/milter-manager-viewer.1"]):
            done = subprocess.run(command, capture_output=True, env=os.environ | {"LC_ALL": "C.UTF-8"})
            self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), done.stdout.decode())

    def test_the_icon_is_a_drawing_without_anything_from_elsewhere(self):
        text = (ROOT / "share/icons/milter-manager-viewer.svg").read_text()
        xml.fromstring(text)
        self.assertNotIn("href", text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
