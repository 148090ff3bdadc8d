#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""due.py [--all] [--share N] --memory FILE [--include FOLDER]… [--also FILE]… -- COMMAND… - checks the files that are due

Runs COMMAND FILE for each C file that standard input names and that is due, on all processors, and prints what failed.
A file that passes is remembered by two hashes: of itself, and of itself, all headers of ours that it includes and what
--also names (how the check is set). Nothing is due while the second one stays the same. What is due is checked in this
order: files that changed themselves, all of them; then, --share at most, files whose headers changed or that nobody has
checked here yet. That share goes round: it begins further on with each commit.

Of a file that is not remembered, as in a fresh clone, git says whether it changed: since the branch left `main`, or, on
`main` itself, in the last commits.
"""
import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

LAST_COMMITS = 8
FAILED = ["", ""]  # hashes of no file: due first, until it passes
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.M)


def git(*arguments: str) -> list[str]:
    """Its lines; none where it fails, as outside a repository or in a shallow clone."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def base() -> str:
    for branch in ("origin/main", "main"):
        fork = git("merge-base", "HEAD", branch)
        if fork and fork != git("rev-parse", "HEAD"):
            return fork[0]
    return f"HEAD~{LAST_COMMITS}"


def changed_by_git() -> set[str]:
    return set(git("diff", "--name-only", base()) + git("ls-files", "--others", "--exclude-standard"))


class Sources:
    """Files and what they include."""

    def __init__(self, folders: list[Path], also: list[str]):
        self.folders = folders
        self.setting = hashlib.sha256(b"".join(Path(name).read_bytes() for name in also)).hexdigest()

    @lru_cache(maxsize=None)
    def text(self, path: Path) -> bytes:
        return path.read_bytes()

    @lru_cache(maxsize=None)
    def headers(self, path: Path) -> list[Path]:
        found = []
        for name in INCLUDE.findall(self.text(path)):
            places = [folder / os.fsdecode(name) for folder in [path.parent, *self.folders]]
            found += [place for place in places if place.is_file()][:1]
        return found

    def closure(self, path: Path) -> set[Path]:
        seen, waiting = set(), [path]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting += self.headers(here)
        return seen

    def hashes(self, name: str) -> list[str]:
        path = Path(name)
        own = hashlib.sha256(self.text(path)).hexdigest()
        all_of_it = sorted(hashlib.sha256(self.text(header)).hexdigest() for header in self.closure(path))
        return [own, hashlib.sha256(("".join(all_of_it) + self.setting).encode()).hexdigest()]


def choose(now: dict, passed: dict, share: int) -> tuple[list[str], int]:
    """The files to check, and how many stay due."""
    by_git = changed_by_git()
    due = [name for name in now if now[name] != passed.get(name)]
    first = [name for name in due
             if (now[name][0] != passed[name][0] if name in passed else name in by_git)]
    others = sorted(set(due) - set(first))
    if len(others) > share:
        number = int((git("rev-list", "--count", "HEAD") or ["0"])[0])
        start = number * share % len(others)
        others = (others[start:] + others[:start])[:share]
    return first + others, len(due) - len(first) - len(others)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true", help="every file is due")
    parser.add_argument("--share", type=int, default=sys.maxsize)
    parser.add_argument("--memory", type=Path, required=True)
    parser.add_argument("--include", type=Path, action="append", default=[])
    parser.add_argument("--also", action="append", default=[])
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()

    files = sorted(sys.stdin.read().split())
    sources = Sources(options.include, options.also)
    now = {name: sources.hashes(name) for name in files}
    passed = json.loads(options.memory.read_text()) if options.memory.exists() else {}
    chosen, left = (files, 0) if options.all else choose(now, passed, options.share)

    def check(name: str) -> bool:
        done = subprocess.run([*options.command, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            sys.stdout.write(done.stdout.decode(errors="replace"))
        return done.returncode == 0

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as workers:
        good = dict(zip(chosen, workers.map(check, chosen)))
    kept = {name: passed[name] for name in files if name in passed}
    kept |= {name: now[name] if good[name] else FAILED for name in chosen}
    options.memory.write_text(json.dumps(kept, indent=0))
    print(f"{len(chosen)} of {len(files)} files were checked, {left} stay due")
    return 0 if all(good.values()) else 1


sys.exit(main())
