#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout check finds what it is there to find."""
import pathlib
import tempfile
import unittest

import layout

LICENCE = "// SPDX-License-Identifier: GPL-3.0-or-later\n"


class Layout(unittest.TestCase):
    def findings(self, name, text):
        with tempfile.TemporaryDirectory() as root:
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            return [f"{file}:{line}: {finding}" for file, line, finding in layout.check(pathlib.Path(root))]

    def test_a_file_in_order_has_no_finding(self):
        text = LICENCE + '#include <vector>\n#include "core/result.h"\n#include "core/protocol/packet.h"\n'
        self.assertEqual(self.findings("core/session/session.cc", text), [])

    def test_an_arrow_that_goes_back_is_found(self):
        found = self.findings("core/session/session.cc", LICENCE + '#include "core/proxy/proxy.h"\n')
        self.assertEqual(found, ['core/session/session.cc:2: core/session may not include "core/proxy/proxy.h"'])

    def test_ruby_outside_its_room_is_found(self):
        found = self.findings("core/proxy/proxy.cc", LICENCE + "#include <ruby/ruby.h>\n")
        self.assertEqual(len(found), 1)
        self.assertIn("<ruby/ruby.h> may not be included here", found[0])

    def test_a_loop_in_the_session_engine_is_found(self):
        found = self.findings("core/session/session.cc", LICENCE + "#include <uv.h>\n")
        self.assertIn("core/session/session.cc:2: <uv.h> may not be included here", found[0])

    def test_a_file_without_a_licence_is_found(self):
        found = self.findings("core/session/session.cc", "int x;\n")
        self.assertIn("has no line SPDX", found[0])

    def test_a_file_that_is_too_long_is_found(self):
        found = self.findings("core/session/session.cc", LICENCE + "\n" * layout.LONGEST)
        self.assertIn("has 601 lines", found[0])

    def test_a_header_without_a_guard_is_found(self):
        self.assertIn("#pragma once", self.findings("core/session/session.h", LICENCE)[0])

    def test_a_room_that_nobody_knows_is_found(self):
        self.assertIn("is in no room", self.findings("core/misc/x.cc", LICENCE)[0])

    def test_a_relative_include_is_found(self):
        self.assertIn("from the project's root", self.findings("core/net/a.cc", LICENCE + '#include "b.h"\n')[0])


if __name__ == "__main__":
    unittest.main()
