#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""main.py - ops/bench: measures figures of a private system, one JSON object a line

Standard output has nothing but those lines; what goes on is told on standard error. Exit code 1 when a measurement
failed, 2 when the machine is not idle; a goal that is missed is a figure, not a failure.
"""
import argparse
import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import figures  # noqa: E402 the two folders above are in the path by now
import machine  # noqa: E402
from bench import Bench  # noqa: E402
from system import MeasureError, System  # noqa: E402

FULL = {"runs": 3, "milliseconds": 3000, "warm_up": 500, "commands": 1000, "events": 200000,
        "streets": (1, 10, 100, 1000), "idle_s": 65}  # one of everybody's looks at all streets
QUICK = {"runs": 1, "milliseconds": 300, "warm_up": 100, "commands": 200, "events": 5000, "streets": (1, 100),
         "idle_s": 5}


def say(text: str):
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops/bench", description="Measures figures of a private system.")
    parser.add_argument("names", nargs="*", metavar="FIGURE", help="only these; see --list")
    parser.add_argument("--quick", action="store_true", help="a minute or two in all, one short run each: a look, no proof")
    parser.add_argument("--force", action="store_true", help="compare although the machine is not idle")
    parser.add_argument("--list", action="store_true", help="names and goals of the figures")
    parser.add_argument("--build", type=Path, default=HERE.parents[1] / "build", help="build folder")
    parser.add_argument("--state", type=Path, default=Path("/var/tmp/jusha-bench"),
                        help="folder of the system, removed at the end")
    given = parser.parse_args()
    known = {figure.name for figure in figures.FIGURES}
    for name in given.names:
        if name not in known:
            parser.error(f'no figure "{name}"; see ops/bench --list')
    return given


def measure_all(given: argparse.Namespace) -> bool:
    """False if a measurement failed."""
    good = True
    with System(given.build, given.state) as system:
        bench = Bench(system, **(QUICK if given.quick else FULL))
        for figure in figures.FIGURES:
            if given.names and figure.name not in given.names:
                continue
            started = time.monotonic()
            try:
                print(json.dumps(figures.run(figure, bench)), flush=True)
            except (MeasureError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
                say(f"{figure.name}: {error}")
                good = False
            say(f"{figure.name}: {time.monotonic() - started:.1f} s")
    return good


def main() -> int:
    given = arguments()
    if given.list:
        for figure in figures.FIGURES:
            print(f"{figure.name:24}{figure.goal}")
        return 0
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))  # a thousand followers need two descriptors each
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what runs is stopped on the way out
    why = machine.why_not_idle()
    if why:
        say(f"ops/bench: {why}{'; going on, as --force says' if given.force else '; --force compares all the same'}")
        if not given.force:
            return 2
    return 0 if measure_all(given) else 1


if __name__ == "__main__":
    sys.exit(main())
