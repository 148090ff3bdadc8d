#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""measure.py [--check] [COMMIT] - the house in numbers: rooms, functions, includes, circles, what is kept by hand, what stands twice

Of the checkout, or of a commit, so that before and after stand beside each other:

    tests/house/measure.py v1.0; tests/house/measure.py

--check holds the limits of CONTRIBUTING.md (LIMITS below) and prints only what is over; exit code 1 when something is.
The C code is clang-formatted (Linux braces), so a function ends at the first "}" in column 0 after its "{".
"""
import argparse
import collections
import hashlib
import io
import re
import statistics
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("libcommon", "services", "ops", "tests", "proto")
LIMITS = {"function_lines": 60, "function_median": 13, "file_lines": 500}
LAYERS = ["libcommon/base", "libcommon/bus",
          *(f"libcommon/service/{room}" for room in ("call", "database", "method", "journal", "batch", "following", "worker")),
          "services", "ops"]  # each sees those before it; tests see all
WINDOW = 6  # lines that stand twice
INCLUDE = re.compile(r'^#include "([\w./]+)\.h"', re.M)
PLACEHOLDER = re.compile(r"\$[1-9]\d*")
SQL_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def read(commit: str | None) -> dict[str, str]:
    """Path -> text, of what git knows."""
    if commit:
        tar = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        files = {}
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            for member in archive:
                if member.isfile():
                    files[member.name] = archive.extractfile(member).read().decode("utf-8", "replace")
    else:
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        files = {name: (ROOT / name).read_text("utf-8", "replace") for name in names.split("\0")
                 if name and (ROOT / name).is_file()}
    return {path: text for path, text in files.items() if path.startswith(ROOMS) and "\0" not in text}


def functions(text: str) -> list[tuple[str, int]]:
    """Name and lines, braces included."""
    found, lines = [], text.split("\n")
    for at, line in enumerate(lines):
        if line == "{" and at and (head := re.search(r"(\w+)\(", "\n".join(lines[max(0, at - 4):at]))):
            end = lines.index("}", at) if "}" in lines[at:] else at
            start = next((i for i in range(at - 1, max(at - 6, -1), -1) if "(" in lines[i] and lines[i][:1].strip()), at)
            name = re.search(r"(\w+)\(", lines[start])
            found.append(((name or head)[1], end - start + 1))
    return found


def resolve(path: str, name: str, files: dict[str, str]) -> str | None:
    for candidate in (f"{name}.h", str(Path(path).parent / f"{name}.h")):
        if candidate in files:
            return candidate[:-2]
    return None


def circles(code: dict[str, str]) -> list[list[str]]:
    """Modules that include each other in a ring. x.c and x.h are one, and x_state.h is x's, as is x_part.h that only x's files
    see."""
    users: dict[str, set[str]] = collections.defaultdict(set)
    for path, text in code.items():
        for name in INCLUDE.findall(text):
            users[resolve(path, name, code) or ""].add(path[:-2])

    def module(path: str) -> str:
        whole = path.rsplit("_", 1)[0]
        private = path.endswith("_state") or all(user == whole or user.startswith(f"{whole}_") for user in users[path])
        return whole if f"{whole}.h" in code and "_" in Path(path).name and private else path
    graph: dict[str, set[str]] = collections.defaultdict(set)
    for path, text in code.items():
        for name in INCLUDE.findall(text):
            if (other := resolve(path, name, code)) and module(other) != module(path[:-2]):
                graph[module(path[:-2])].add(module(other))
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    rings = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            ring = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(ring) > 1:
                rings.append(sorted(ring))
    sys.setrecursionlimit(10000)
    for node in sorted(graph):
        if node not in index:
            visit(node)
    return rings


def upward(code: dict[str, str]) -> list[str]:
    """Includes of a room that comes later, by README's list, or of another service's."""
    def place(path: str) -> tuple[int, str]:
        rank = next((rank for rank, layer in enumerate(LAYERS) if path.startswith(layer + "/")), len(LAYERS))
        return rank, path.split("/")[1] if LAYERS[rank:rank + 1] == ["services"] else ""
    wrong = []
    for path, text in code.items():
        for name in INCLUDE.findall(text):
            if (other := resolve(path, name, code)) and (place(other)[0] > place(path)[0] or (
                    place(other)[0] == place(path)[0] and place(other) != place(path))):
                wrong.append(f"{path} includes {other}.h")
    return wrong


def twice(code: dict[str, str]) -> set[tuple[str, str]]:
    """Pairs of files that share WINDOW lines in a row, blank ones and includes aside."""
    seen: dict[bytes, str] = {}
    pairs = set()
    for path, text in code.items():
        lines = [line.strip() for line in text.split("\n")]
        lines = [line for line in lines if len(line) > 3 and not line.startswith(("#include", "/*", "*", "//", "*/"))]
        for at in range(len(lines) - WINDOW + 1):
            key = hashlib.blake2b("\n".join(lines[at:at + WINDOW]).encode(), digest_size=8).digest()
            if (other := seen.setdefault(key, path)) != path:
                pairs.add((other, path))
    return pairs


def room(path: str) -> str:
    parts = Path(path).parent.parts
    return "/".join(parts[:3 if parts[0] in ("libcommon", "services") else 2])


def rooms(code: dict[str, str]) -> list[str]:
    count: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for path, text in code.items():
        count[room(path)][0] += 1
        count[room(path)][1] += text.count("\n")
    return [f"  {name:42}{files:5} files {lines:7} lines" for name, (files, lines) in sorted(count.items())]


def measure(files: dict[str, str]) -> tuple[dict[str, object], list[str]]:
    code = {path: text for path, text in files.items() if path.endswith((".c", ".h"))}
    every = [(path, name, lines) for path, text in code.items() if path.endswith(".c")
             for name, lines in functions(text)]
    lengths = sorted(lines for _, _, lines in every)
    ours = {path: text for path, text in code.items() if not path.startswith("tests")}
    rings, ups = circles(code), upward(code)
    figures = {
        "C files": len(code),
        "C lines": sum(text.count("\n") for text in code.values()),
        "functions": len(lengths),
        "lines of a function: median": statistics.median(lengths),
        "  of nine in ten at most": lengths[len(lengths) * 9 // 10],
        "  at most": lengths[-1],
        "includes of our headers": sum(len(INCLUDE.findall(text)) for text in code.values()),
        "circles of includes": len(rings),
        "includes that go up": len(ups),
        "$n in statements": sum(len(PLACEHOLDER.findall(literal)) for text in ours.values()
                                for literal in SQL_TEXT.findall(text)),
        "lists of statements kept by hand": sum(len(re.findall(r"\bSTATEMENTS\(", text)) for text in ours.values()),
        "pairs of files with six lines in common: services": len(twice(
            {path: text for path, text in ours.items() if path.startswith("services/")})),
        "  ops/cli": len(twice({path: text for path, text in ours.items() if path.startswith("ops/")})),
        "lines over 100 columns": sum(len(line) > 100 for text in code.values() for line in text.split("\n")),
    }
    over = [f"{path}: {name} has {lines} lines" for path, name, lines in every if lines > LIMITS["function_lines"]]
    over += [f"{path} has {lines} lines" for path, text in code.items()
             if (lines := text.count("\n")) > LIMITS["file_lines"]]
    over += [f"circle: {' '.join(ring)}" for ring in rings] + ups
    if figures["lines of a function: median"] > LIMITS["function_median"]:
        over.append(f"the median function has {figures['lines of a function: median']} lines")
    return figures, over


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("commit", nargs="?", help="a commit instead of the checkout")
    parser.add_argument("--check", action="store_true", help="only what is over a limit; exit code 1 if anything is")
    options = parser.parse_args()
    files = read(options.commit)
    figures, over = measure(files)
    if not options.check:
        print("\n".join(rooms({path: text for path, text in files.items() if path.endswith((".c", ".h"))})))
        for name, value in figures.items():
            print(f"{name:52}{value:>8}")
    print("\n".join(over) if over else "nothing is over its limit")
    return 1 if options.check and over else 0


if __name__ == "__main__":
    sys.exit(main())
