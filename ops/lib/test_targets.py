#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_targets.py FOLDER SUITE… - what has to be built in a build folder before tests of these suites can run

Prints ninja's names of the programs and of what else each such test depends on, one a line.
"""
import json
import subprocess
import sys
from pathlib import Path


def introspect(folder: str, what: str) -> list[dict]:
    done = subprocess.run(["meson", "introspect", folder, f"--{what}"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main() -> None:
    folder, wanted = sys.argv[1], {f"jusha:{suite}" for suite in sys.argv[2:]}
    needed = {target for test in introspect(folder, "tests") if wanted & set(test["suite"]) for target in test["depends"]}
    root = Path(folder).resolve()
    for target in introspect(folder, "targets"):
        if target["id"] in needed:
            print(*(Path(name).relative_to(root) for name in target["filename"]), sep="\n")


main()
