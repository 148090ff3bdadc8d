#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""new_role.py BUILD - with one role more in the contract no table by roles compiles any more

A table that is longer than its rows would let a new role pass, or read beyond its end: each file that has one says by a static_assert
how long it has to be. Compiled here with headers of the contract in which there is one role more.
"""
import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ASSERTED = re.compile(r"(a new|each) role\b")
COUNT = re.compile(r"(BUS__ROLE__VALUES = )(\d+)")


def tables() -> list[Path]:
    """The C files with a table by roles; a header's is the one of the C file beside it."""
    found = [path for room in ("libcommon", "services", "ops") for path in (CHECKOUT / room).rglob("*.[ch]")
             if "[BUS__ROLE__ROLE_" in path.read_text(encoding="utf-8")]
    return [path.with_suffix(".c") for path in sorted(found)]


def headers_with_one_more(build: Path, folder: str) -> None:
    for header in (build / "proto").glob("*.h"):
        text = COUNT.sub(lambda count: f"{count[1]}{int(count[2]) + 1}", header.read_text(encoding="utf-8"))
        (Path(folder) / header.name).write_text(text, encoding="utf-8")


def compiles(build: Path, command: str, proto: str) -> tuple[bool, str]:
    """With its own command up to where it writes, and its file; the contract's headers are in this folder."""
    words = shlex.split(command)
    words = words[:words.index("-MD")] + words[words.index("-c"):]
    words = [re.sub("^(-I|-isystem)proto$", rf"\1{proto}", word) for word in words]
    done = subprocess.run([*words, "-fsyntax-only"], cwd=build, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


def main() -> int:
    build, wrong = Path(sys.argv[1]).resolve(), []
    commands = {(build / row["file"]).resolve(): row["command"]
                for row in json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))}
    with tempfile.TemporaryDirectory() as folder:
        headers_with_one_more(build, folder)
        for path in tables():
            fine, said = compiles(build, commands[path], "proto")
            if not fine:
                wrong.append(f"{path}: does not compile here at all: {said}")
            fine, said = compiles(build, commands[path], folder)
            if fine or not ASSERTED.search(said):
                wrong.append(f"{path}: takes a new role without a word {said}")
    print("\n".join(wrong) or f"{len(tables())} tables ask for a new role's row")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
