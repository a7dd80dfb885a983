#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text of the viewer has its translation, and every translation its text.

    complete.py LUPDATE PROJECT-ROOT

A language of its own has all texts; English, in which they are written, those with numbers (one mail, two mails). Prints a line a finding.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

PREFIX = "milter_manager::gui::"
FORMS = {"en": 2, "ja": 1}


def place_of(context):
    """A context's class. lupdate leaves out namespaces that are written as one; a class in a class has the outer one's texts."""
    return context.removeprefix(PREFIX).split("::")[0]


def messages(path):
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name"), message


def texts_in(sources, lupdate):
    """(context, text) → whether it has a number."""
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder, "found.ts")
        subprocess.run([lupdate, "-silent", str(sources), "-ts", str(target)], check=True, stderr=subprocess.DEVNULL)
        return {(place_of(context), message.findtext("source")): message.get("numerus") == "yes"
                for context, message in messages(target)}


def contexts_of(sources):
    """Class → the context that it looks its texts up in: QObjects know their namespaces."""
    return {name: PREFIX + name for path in sources.rglob("*.h")
            for name in re.findall(r"class (\w+)[^;{]*\{\s*Q_OBJECT", path.read_text(encoding="utf-8"))}


def marks(text):
    return sorted(set(re.findall(r"%(?:\d|n|L\d)", text)))


def findings(path, language, wanted, contexts):
    seen = set()
    for context, message in messages(path):
        text = message.findtext("source")
        known = (place_of(context), text)
        name = f"{path.name}: {context}: {text!r}"
        if known not in wanted:
            yield f"{name} is not in the sources"
            continue
        if context != contexts.get(place_of(context), context):
            yield f"{name} is looked up in {contexts[place_of(context)]}"
        if known in seen:
            yield f"{name} is there twice"
        seen.add(known)
        translation = message.find("translation")
        forms = [form.text or "" for form in translation.findall("numerusform")] or [translation.text or ""]
        if translation.get("type") or not all(forms):
            yield f"{name} is not translated"
        if wanted[known] and len(forms) != FORMS[language]:
            yield f"{name} has {len(forms)} forms for numbers, and not {FORMS[language]}"
        for form in forms:
            # "One mail" may do without its number.
            lost = set(marks(text)) - set(marks(form)) - {"%n"}
            if lost or set(marks(form)) - set(marks(text)):
                yield f"{name} has other marks: {form!r}"
    for context, text in sorted(set(wanted) - seen):
        if language != "en" or wanted[(context, text)]:
            yield f"{path.name}: {context}: {text!r} is missing"


def main():
    lupdate, root = sys.argv[1], pathlib.Path(sys.argv[2])
    wanted = texts_in(root / "gui", lupdate)
    found = [finding for path in sorted((root / "gui/translations").glob("*.ts"))
             for finding in findings(path, path.stem.rsplit("_", 1)[1], wanted, contexts_of(root / "gui"))]
    if len(wanted) < 100:
        found.append(f"only {len(wanted)} texts were found in the sources")
    print(*found, f"{len(wanted)} texts, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
