#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""instructions.py PROGRAM - the hot path costs no more instructions than it may

Counts do not depend on what else the machine does, so a regression shows without a clock. Each case of
tests/bench/instructions.c runs under callgrind with few and with many rounds; the difference is what rounds cost,
without the first one's set-up. Exit code 77 (skipped) without valgrind.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FEW, MANY = 100, 600
SKIPPED = 77
CLEAN = {"PATH": os.environ["PATH"]}  # without what makes malloc fill memory (MALLOC_PERTURB_, which meson sets)

# case: (instructions of one round when this was written, limit). The limit leaves room for other versions of compiler
# and libraries. Somebody who makes a case cheaper lowers both.
LIMITS = {
    "query": (16100, 20800),
    "command": (37700, 48600),
    "pass": (23900, 30300),
}


def instructions(program: str, case: str, rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder) / "counts"
        subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=measured_*", f"--callgrind-out-file={counts}",
                        program, case, str(rounds)], check=True, capture_output=True, env=CLEAN)
        return int(re.search(r"^(?:summary|totals): (\d+)", counts.read_text(), re.MULTILINE)[1])


def each_round(program: str, case: str) -> int:
    return round((instructions(program, case, MANY) - instructions(program, case, FEW)) / (MANY - FEW))


def main() -> int:
    if not shutil.which("valgrind"):
        print("no valgrind here")
        return SKIPPED
    good = True
    for case, (once, limit) in LIMITS.items():
        count = each_round(sys.argv[1], case)
        within = count <= limit
        good = good and within
        print(f"{case:10}{count:8} instructions, {once} when written, limit {limit}{'' if within else ': too many'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
