#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""inputs.py - inputs of fuzz targets as text, and back

  inputs.py expand TEXT FOLDER    writes each line of TEXT as a file into FOLDER
  inputs.py collect FOLDER...     prints the files of the folders as such lines, shortest first
  inputs.py line FILE             prints one file as such a line
  inputs.py replay PROGRAM TEXT   runs PROGRAM over the inputs of TEXT; its exit code

A line is one input: printable ASCII stands for itself, \\n for a newline, \\\\ for a backslash, \\xNN for
any byte. Empty lines and those that begin with "# " are none.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ESCAPES = {"n": "\n", "\\": "\\"}


def parse_line(line: str) -> bytes:
    def one(match: re.Match) -> str:
        return chr(int(match[1], 16)) if match[1] else ESCAPES[match[2]]

    return re.sub(r"\\(?:x([0-9a-f]{2})|(.))", one, line).encode("latin-1")


def format_line(data: bytes) -> str:
    def one(byte: int) -> str:
        if byte == 0x0A:
            return r"\n"
        if byte == 0x5C:
            return r"\\"
        return chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}"

    line = "".join(map(one, data))
    if line.startswith("# "):
        line = r"\x23" + line[1:]
    return line[:-1] + r"\x20" if line.endswith(" ") else line


def read_text(path: str) -> list[bytes]:
    lines = Path(path).read_text("ascii").splitlines()
    return [parse_line(line) for line in lines if line and not line.startswith("# ")]


def expand(text: str, folder: str) -> list[Path]:
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = []
    for number, data in enumerate(read_text(text), 1):
        paths.append(Path(folder, f"{Path(text).stem}-{number:03}"))
        paths[-1].write_bytes(data)
    return paths


def collect(folders: list[str]) -> None:
    found = {path.read_bytes() for folder in folders for path in Path(folder).iterdir()}
    for data in sorted(found - {b""}, key=lambda data: (len(data), data)):
        print(format_line(data))


def replay(program: str, text: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        code = subprocess.run([program, *map(str, expand(text, folder))], check=False).returncode
    return code if code >= 0 else 128 - code


def main(command: str, *rest: str) -> int:
    if command == "expand":
        expand(*rest)
    elif command == "collect":
        collect(list(rest))
    elif command == "line":
        print(format_line(Path(rest[0]).read_bytes()))
    elif command == "replay":
        return replay(*rest)
    else:
        sys.exit(__doc__)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
