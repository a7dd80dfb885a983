#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window under an X server of its own, with a real mouse and a real keyboard; a picture of every page is left behind.

    window_test.py PROGRAM FOLDER-FOR-PICTURES PROGRAM-THAT-PRINTS-A-LOG
"""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import archives  # noqa: E402

PROGRAM, PICTURES, SITE_LOG = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
NEWEST = 1789344000
PATIENCE = 60  # seconds; most waits take a tenth of one
PAGES = ["charts", "children", "greylist", "evaluation"]


def png(width, height, rows):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


class Screen:
    """An X server that keeps what it shows in a file."""

    def __init__(self, folder, size="1360x900"):
        self.file = pathlib.Path(folder) / "Xvfb_screen0"
        reading, writing = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-fbdir", folder],
                                       pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as display:
            self.display = ":" + display.readline().strip()

    def close(self):
        self.server.terminate()
        self.server.wait(PATIENCE)

    def pixels(self):
        """Width, height and rows of red, green, blue."""
        data = self.file.read_bytes()
        head, width, height, line, colours = (struct.unpack(">I", data[at:at + 4])[0] for at in (0, 16, 20, 48, 76))
        begin = head + colours * 12
        rows = []
        for at in range(height):
            row = data[begin + at * line:begin + at * line + 4 * width]
            rgb = bytearray(3 * width)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]
            rows.append(bytes(rgb))
        return width, height, rows

    def settled(self):
        """What is shown when it no longer changes."""
        before = None
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            now = self.pixels()
            if now == before:
                return now
            before = now
            time.sleep(0.4)
        raise AssertionError("the window does not come to rest")

    def until(self, what, condition):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            shown = self.settled()
            if condition(shown):
                return shown
        PICTURES.joinpath("failed.png").write_bytes(png(*shown))
        raise AssertionError(what)


def region(shown, left, top, right, bottom):
    return [row[3 * left:3 * right] for row in shown[2][top:bottom]]


def colours(shown):
    return len({row[at:at + 3] for row in shown[2][::7] for at in range(0, len(row), 33)})


class Window:
    def __init__(self, screen, home, *arguments):
        self.screen = screen
        environment = {key: value for key, value in os.environ.items() if key not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
        environment |= {"DISPLAY": screen.display, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_RUNTIME_DIR": home, "TZ": "Europe/Berlin",
                        "LC_ALL": "C.UTF-8", "QT_QPA_PLATFORM": "xcb"}
        self.environment = environment
        self.program = subprocess.Popen([PROGRAM, *map(str, arguments)], env=environment, stderr=subprocess.PIPE)
        self.id = self.do("search", "--sync", "--onlyvisible", "--pid", str(self.program.pid)).split()[-1]
        self.do("windowmove", self.id, "0", "0", "windowsize", "--sync", self.id, "1360", "900", "windowfocus", "--sync", self.id)

    def do(self, *arguments):
        return subprocess.run(["xdotool", *arguments], env=self.environment, check=True, capture_output=True, timeout=PATIENCE).stdout.decode()

    def key(self, *keys):
        self.do("key", "--delay", "40", *keys)

    def close(self):
        self.key("ctrl+q")
        status = self.program.wait(PATIENCE)
        said = self.program.stderr.read().decode()
        self.program.stderr.close()
        return status, said


class TheWindow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        PICTURES.mkdir(parents=True, exist_ok=True)
        cls.room = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.room.cleanup)
        cls.screen = Screen(cls.room.name)
        cls.addClassCleanup(cls.screen.close)
        cls.folder = archives.folder(pathlib.Path(cls.room.name) / "archives", NEWEST)
        cls.site = pathlib.Path(cls.room.name) / "mail.log"
        with cls.site.open("wb") as log:
            subprocess.run([SITE_LOG], stdout=log, check=True)

    def open(self, *arguments):
        self.home = tempfile.mkdtemp(dir=self.room.name)
        window = Window(self.screen, self.home, *arguments)
        self.addCleanup(lambda: window.program.poll() is None and (window.program.kill(), window.program.wait(), window.program.stderr.close()))
        return window

    def keep(self, name, shown):
        PICTURES.joinpath(name + ".png").write_bytes(png(*shown))

    def test_every_page_in_every_colour_and_language(self):
        grounds = {}
        places = {self.folder: ("archives", PAGES[:1] + PAGES[3:]), self.site: ("logs", PAGES)}
        for colour, language in (("light", "en"), ("dark", "en"), ("contrast", "en"), ("light", "ja"), ("dark", "ja")):
            for place, (name, pages) in places.items():
                window = self.open("--colours", colour, "--language", language, "--range", "week", place)
                seen = []
                for page in pages:
                    window.key(f"ctrl+{PAGES.index(page) + 1}")
                    shown = self.screen.until(f"{page} has something to show", lambda shown: colours(shown) > 12 and shown not in seen)
                    seen.append(shown)
                    self.keep(f"{name}-{page}-{colour}-{language}", shown)
                grounds.setdefault(colour, shown[2][899][3 * 600:3 * 600 + 3])
                self.assertEqual(window.close(), (0, ""))
        self.assertEqual(len(set(grounds.values())), 3, grounds)

    def test_mouse_and_keys_move_all_charts(self):
        window = self.open("--language", "en", "--colours", "light", "--range", "day", self.folder)
        begin = self.screen.until("charts", lambda shown: colours(shown) > 12)
        plots = (330, 130, 1000, 880)
        period = (195, 22, 500, 46)
        at = ("mousemove", "--sync", "700", "250")

        def changed(what, before):
            return self.screen.until(what, lambda shown: region(shown, *plots) != region(before, *plots))

        window.do(*at)
        pointed = changed("the cross-hair is in all charts", begin)
        for top in (130, 330, 530, 730):
            self.assertNotEqual(region(pointed, 690, top, 710, top + 150), region(begin, 690, top, 710, top + 150))
        window.do("click", "4")
        zoomed = changed("the wheel zooms", pointed)
        window.do("click", "5")
        changed("the wheel zooms out", zoomed)
        window.do("mousedown", "1", "mousemove", "--sync", "900", "250", "mouseup", "1")
        panned = changed("dragging pans", zoomed)
        window.key("ctrl+0")
        whole = changed("the whole time", panned)
        self.keep("whole-time", whole)
        # Keys go to the plot that was clicked at.
        window.key("plus", "plus", "plus")
        near = changed("plus zooms", whole)
        window.key("Left")
        left = changed("left moves", near)
        window.key("Right")
        # Rows of the archives may be in or out at either end: what must be the same is the period.
        self.screen.until("and right moves back", lambda shown: region(shown, *period) == region(near, *period))
        window.key("ctrl+Right", "ctrl+Right")
        changed("the cross-hair moves by keys", left)
        self.assertEqual(window.close(), (0, ""))

    def test_milters_are_chosen_by_keys_alone(self):
        window = self.open("--language", "en", "--colours", "light", "--range", "week", self.folder)
        begin = self.screen.until("charts", lambda shown: colours(shown) > 12)
        window.key("alt+i", "Down", "Down")
        milter = self.screen.until("another milter", lambda shown: region(shown, 330, 130, 1000, 160) != region(begin, 330, 130, 1000, 160))
        self.keep("milter", milter)
        self.assertEqual(window.close(), (0, ""))

    def test_what_is_no_archive_is_a_message_in_a_window_that_goes_on(self):
        for name, place in (("nothing", pathlib.Path(self.room.name) / "not-there"), ("host", "ssh://no-such-host.invalid")):
            window = self.open("--language", "en", "--colours", "light", place)
            shown = self.screen.until("a message", lambda shown: colours(shown) > 4)
            self.keep("message-" + name, shown)
            window.key("ctrl+2", "ctrl+1")
            self.assertEqual(window.close(), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
