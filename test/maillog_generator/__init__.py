# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs with a known history: see README.md."""
from .encoding import ENCODINGS, PACKERS, WHOLE
from .history import HOSTILE, HOSTILE_ESCAPED, MILTERS, History, Line, Shape
from .truth import SOURCES, Truth, file_name, safe_name

__all__ = ["ENCODINGS", "HOSTILE", "HOSTILE_ESCAPED", "History", "Line", "MILTERS", "PACKERS", "SOURCES", "Shape", "Truth",
           "WHOLE", "file_name", "safe_name"]
