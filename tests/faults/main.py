#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""main.py - a system, clients, subscribers and faults; then what they left is checked

ops/faults calls it. Everything of a run lies in STATE/run: history.jsonl, run.json, subscribers/, tables/, beside
STATE/logs. A run without violations removes STATE; --check reads the folder of one that was kept.
"""
import argparse
import importlib
import secrets
import signal
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

import crashes  # noqa: E402 the two folders above are in the path by now
import failovers  # noqa: E402
import faults  # noqa: E402
import hostile  # noqa: E402
import namespaces  # noqa: E402
import plan  # noqa: E402
import restores  # noqa: E402
import surroundings  # noqa: E402
from bus import Contract  # noqa: E402
from checks import CHECKS  # noqa: E402
from run import Run, Session  # noqa: E402
from stack import Stack  # noqa: E402

STREETS = ["harbour", "meadow", "orchard"]  # no name of one is part of a word in another
SMOKE_S, SMOKE_LONGEST_S = 85, 5  # of faults; the longest one, else there would be few
SMOKE_FAULTS, SMOKE_COMMANDS = 40, 10000  # at least
SMOKE_PATIENCE = 5  # machines that run tests are busy: how soon service comes back is for --soak to judge


def all_rows(stack: Stack, only: list[str]) -> list[plan.Fault]:
    rows = faults.rows(stack) + surroundings.FAULTS + crashes.FAULTS + hostile.FAULTS + restores.FAULTS + failovers.FAULTS
    return [row for row in rows if not only or any(part in row.name or part == row.kind for part in only)]


def check(run: Run) -> list[str]:
    found = []
    for checker in CHECKS:
        began = time.monotonic()
        violations = checker(run)
        say(f"{checker.__name__:<40}{time.monotonic() - began:6.1f} s  {len(violations)} violations")
        found += [f"{checker.__name__}: {text}" for text in violations]
    return found


# ---- a run ----

def execute(stack: Stack, options: argparse.Namespace) -> int:
    """The whole of it; exit code."""
    seconds, longest = (SMOKE_S, SMOKE_LONGEST_S) if options.smoke else (options.soak * 60, float("inf"))
    rows = [row for row in possible(all_rows(stack, options.only)) if not (options.smoke and row.is_alone)]
    crashes.prepare(stack)
    with stack:
        session = Session(stack, options.seed, options.rate, SMOKE_PATIENCE if options.smoke else 1)
        steps = plan.steps(rows, options.seed, longest)
        session.carry_out(steps, seconds, say, wants_more=lambda: options.smoke and too_little(session))
        violations = session.settle()
        run = Run(session.folder, stack)
        violations += check(run) + (too_little(session) if options.smoke else [])
        if violations or options.keep:
            run.dump_all()
    violations += [f"{name} ended with exit code {process.exit_code} when it was told to end"
                   for name, process in stack.processes.items() if process.exit_code != 0]
    report(session, violations)
    if violations or options.keep:
        say(f"Kept: {stack.state} (ops/faults --check {session.folder})")
    else:
        stack.remove()
    say(last_line(session, violations))
    return 1 if violations else 0


def possible(rows: list[plan.Fault]) -> list[plan.Fault]:
    for row in rows:
        if row.why_not:
            say(f"skipped: {row.name}: {row.why_not}")
    return [row for row in rows if not row.why_not]


def too_little(session: Session) -> list[str]:
    figures = (("faults", session.director.faults.total(), SMOKE_FAULTS),
               ("commands", session.workload.counts.commands, SMOKE_COMMANDS))
    return [f"only {count} {what}, {least} are wanted" for what, count, least in figures if count < least]


# ---- what is said ----

def say(text: str) -> None:
    print(text, flush=True)


def report(session: Session, violations: list[str]) -> None:
    say("\nFirst success after a fault was gone, seconds:")
    for kind, took in sorted(session.director.took.items()):
        say(f"  {kind:<12}{len(took):4} times   median {statistics.median(took):6.2f}   longest {max(took):6.2f}"
            f"   limit {plan.LIMIT_S[kind]}")
    for text in violations:
        say(f"VIOLATION {text}")


def last_line(session: Session, violations: list[str]) -> str:
    counts = session.workload.counts
    outcomes = ", ".join(f"{counts.outcomes[outcome]} {outcome}" for outcome in ("ok", "fail", "unknown"))
    return (f"{counts.commands} commands ({outcomes}), {session.director.faults.total()} faults,"
            f" {len(violations)} violations, seed {session.seed}")


# ---- the command ----

def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ops/faults", description="Breaks a private system while clients use it,"
                                     " then checks that what they were promised was kept.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--smoke", action="store_true", help="three minutes of it")
    mode.add_argument("--soak", type=float, metavar="MINUTES", help="as long as you like, with long faults, too")
    mode.add_argument("--mutants", nargs="*", metavar="NAME", help="each planted bug must be found within 60 s")
    mode.add_argument("--list", action="store_true", help="every fault, and why it is skipped here")
    mode.add_argument("--check", type=Path, metavar="FOLDER", help="check a run that was kept once more")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32),
                        help="the same one gives the same faults and the same choices of every client")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT",
                        help="only faults of this kind, or with this in their name; may stand several times")
    parser.add_argument("--rate", type=float, default=320, help="requests a second while all is well")
    parser.add_argument("--keep", action="store_true", help="keep the run's folder also when nothing was violated")
    parser.add_argument("--build", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--state", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def check_again(folder: Path) -> int:
    Contract(folder / "contract")  # checkers read events by its classes
    found = check(Run(folder))
    say("\n".join([*found, f"{len(found)} violations"]))
    return 1 if found else 0


def show_list(rows: list[plan.Fault]) -> int:
    for row in rows:
        say(f"{row.kind:<12}{row.name:<44}{row.why_not and 'skipped: ' + row.why_not}".rstrip())
    return 0


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    options = arguments()
    if options.check:
        return check_again(options.check)
    if options.mutants is not None:
        return importlib.import_module("mutants").main(options)
    namespaces.enclose()
    stack = surroundings.SurroundedStack(options.build, options.state, streets=STREETS)
    if options.list:
        return show_list(all_rows(stack, options.only))
    say(f"seed {options.seed}")
    return execute(stack, options)


if __name__ == "__main__":
    sys.exit(main())
