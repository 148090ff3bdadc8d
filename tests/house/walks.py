#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""walks.py - ops/doc/walks.md leads through functions that are there, in files that are there

A place is `FILE.c`: `function`, `function`; each function is defined in that file. But for the first of a numbered step, which comes by
the wire, from a queue or by a row, each is named by one that comes before it in the walk, or by a table of that one's file.
"""
import re
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE, WALKS = "ops/doc/walks.md", 4
PLACE = re.compile(r"`([\w/]+\.c)`: ((?:`\w+`(?:, )?)+)")
TABLE = re.compile(r" = \{\n.*?^\};", re.M | re.S)
LOOSE = re.compile(r"`[\w/]+\.c`(?!: `)")


def read(file: str) -> str:
    path = CHECKOUT / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def leads_to(file: str, name: str) -> str | None:
    """What stands between the function's braces, and the file's tables; None: the file does not define it."""
    found = re.search(rf"^[a-z][\w *]*\b{name}\([^;{{]*\)\n{{\n(.*?)^}}", read(file), re.M | re.S)
    return found[1] + "".join(TABLE.findall(read(file))) if found else None


def wrong_steps(walk: str) -> Iterator[str]:
    passed = ""
    for step in re.sub(r"\n +", " ", walk).split("\n"):
        begins = True
        for file in LOOSE.findall(step):
            yield f"{file} names no function"
        for file, names in PLACE.findall(step):
            for name in re.findall(r"\w+", names):
                code = leads_to(file, name)
                if code is None:
                    yield f"{file} defines no {name}"
                elif not begins and not re.search(rf"\b{name}\b", passed):
                    yield f"nothing that comes before it leads to {name} of {file}"
                passed += code or ""
                begins = False


def main() -> int:
    page = (CHECKOUT / PAGE).read_text(encoding="utf-8")
    walks = page.split("\n## ")[1:]
    wrong = [f"{PAGE}: {what}" for walk in walks for what in wrong_steps(walk)]
    places = [len(PLACE.findall(walk)) for walk in walks]
    if len(walks) != WALKS or min(places) < 5:
        wrong.append(f"{PAGE}: there are {WALKS} walks, here with so many places: {places}")
    print("\n".join(wrong) or f"{sum(places)} places of {WALKS} walks are there")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
