#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""named_tests.py - every test that ops/doc names behind a sentence exists

A reference is `tests/FILE: name` or, behind one, another `name` in the same list; a file alone has to be there.
"""
import re
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
REFERENCE = re.compile(r"`((?:tests|libcommon|services|ops)/[\w./]+|checks/\w+\.py)(?::\s+(\w+))?`((?:,\s+`[a-z_0-9]+`)*)")


def missing(page: Path) -> list[str]:
    text, wrong = page.read_text(encoding="utf-8"), []
    for file, first, others in REFERENCE.findall(text):
        path = CHECKOUT / ("tests/faults/" + file if file.startswith("checks/") else file)
        if not path.exists():
            wrong.append(f"{page.name}: there is no {file}")
            continue
        names = [first, *re.findall(r"`(\w+)`", others)] if first else []
        source = path.read_text(encoding="utf-8") if names else ""
        wrong += [f"{page.name}: {file} has no {name}" for name in names if not re.search(rf"\b{name}\b", source)]
    return wrong


def main() -> int:
    wrong = [line for page in sorted((CHECKOUT / "ops/doc").glob("*.md")) for line in missing(page)]
    print("\n".join(wrong) or "all that the pages name is there")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
