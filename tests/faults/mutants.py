# SPDX-License-Identifier: Apache-2.0
"""mutants.py - the checks are tested, too: systems with a bug in them, each of which must be found

A row says which bug (tests/faults/planted/fault.h has most of them), what else would stop it and is taken away first, what brings it
to light, and which checker must see it. Clients ask for a while, then the run settles and is checked; nothing found: once
more with other streets and for longer. The last row has no bug, and nothing may be found there.
"""
import argparse
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import crashes
import main as harness
import plan
import probe
import subscribers
import workload
from checks import CHECKS
from clocks import ClockedStack
import run as runs
from stack import Stack

FIND_S = 60
ROUNDS_S = (8, 15)  # of clients and faults
SETTLE_S = 6  # what a planted bug stops permanently need not be waited for longer, neither by a caller
LONGEST_S = 2
SERVICES = ("registry", "selection", "scheduling")

# The primary key would refuse the second of two equal numbers.
NO_JOURNAL_KEY = """
ALTER TABLE scheduling.journal DROP CONSTRAINT journal_pkey;
CREATE INDEX journal_number ON scheduling.journal (street, seq);
"""
# A look for rivals that misses some; the constraint would refuse what comes of it.
UNSEEN_BOOKINGS = """
ALTER TABLE scheduling.booking DROP CONSTRAINT booking_overlap;
CREATE POLICY unseen ON scheduling.booking AS RESTRICTIVE FOR SELECT USING (random() < 0.5);
"""
# Row-level security would refuse them.
STRAY_ROWS = """
ALTER TABLE registry.unit DISABLE ROW LEVEL SECURITY;
CREATE FUNCTION registry.stray() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN
    IF random() < 0.05 THEN
        NEW.street := (SELECT street FROM registry.street WHERE street <> NEW.street ORDER BY random() LIMIT 1);
    END IF;
    RETURN NEW;
END';
CREATE TRIGGER stray BEFORE INSERT ON registry.unit FOR EACH ROW EXECUTE FUNCTION registry.stray();
"""
# The one that a column of type bigserial has.
SEQUENCE = """
CREATE SEQUENCE scheduling.number;
GRANT USAGE ON SEQUENCE scheduling.number TO scheduling;
"""
# As on a slow disk: so that PostgreSQL is killed between reply and COMMIT, and two transactions meet, within the
# minute.
SLOW_COMMIT = """
ALTER SYSTEM SET commit_delay = 30000;
ALTER SYSTEM SET commit_siblings = 0;
SELECT pg_reload_conf();
"""

# As before: whatever the clock says is old is dropped, week by week.
BELIEVES_ONE_CLOCK = "".join(f"""
CREATE OR REPLACE FUNCTION {service}.days_with_answers(since timestamptz, enough integer) RETURNS bigint LANGUAGE sql
    AS 'SELECT enough::bigint';
""" for service in ("registry", "selection", "scheduling", "notification"))


@dataclass(frozen=True)
class Mutant:
    name: str
    found_by: str  # checker; or how the director's sentences begin: "during" a fault, "after" it
    faults: tuple[str, ...] = ()  # parts of names, as --only takes them; none: clients are enough
    in_program: bool = True  # it is one of fault.h; else what sql does is the bug
    only_in: str = ""  # service; empty: in every program
    apart: bool = False  # each copy of that service serves a broker of its own, so that both work at once
    clocked: bool = False  # clocks.CLOCKED go by clocks of their own
    attack: str = ""  # modes of hostile programs; empty: there are none
    sql: str = ""  # run before the programs start
    gives_up_s: float = SETTLE_S  # the probe that looks for the first success after a fault: longer than what is allowed


MUTANTS = [
    Mutant("reply_before_commit", "check_commands", faults=("kill PostgreSQL",), sql=SLOW_COMMIT),
    Mutant("no_idempotency", "check_commands"),
    Mutant("street_lock_late", "check_journals", only_in="scheduling", apart=True, sql=NO_JOURNAL_KEY + SLOW_COMMIT),
    Mutant("journal_by_sequence", "check_journals", only_in="scheduling", sql=SEQUENCE),
    Mutant("unlocked_capacity", "check_capacity", only_in="scheduling", apart=True, sql=NO_JOURNAL_KEY + SLOW_COMMIT),
    Mutant("rival_unseen", "check_bookings", in_program=False, sql=UNSEEN_BOOKINGS),
    Mutant("session_wide_street", "check_reads", only_in="scheduling"),
    Mutant("subscriber_trusts_live", "check_subscribers", faults=("kill broker", "kill the relay")),
    Mutant("cursor_before_effect", "check_subscribers", faults=("crash subscriber_before_print",)),
    Mutant("waitlist_without_order", "check_capacity"),
    Mutant("position_without_copy", "check_copies"),
    Mutant("ends_at_the_border", "check_ends"),
    Mutant("late_event_left_out", "check_copies", faults=("slow PostgreSQL",)),
    Mutant("history_by_number", "check_subscribers", faults=("restore ",)),
    Mutant("trusts_its_clock", "check_clocks", faults=("set a service's clock",), clocked=True),
    Mutant("answers_by_one_clock", "check_commands", faults=("set all clocks",), in_program=False, clocked=True,
           sql=BELIEVES_ONE_CLOCK),
    Mutant("squatted_id_served", "check_isolation", attack="squat"),
    Mutant("refusal_without_certificate", "check_isolation", attack="squat"),
    Mutant("budget_per_connection", "check_hostile", attack="flood"),
    Mutant("stays_read_only", "after", faults=("make a role read-only",), gives_up_s=11),
    Mutant("healthy_without_room", "during", faults=("leave no room for events",)),
    Mutant("waits_for_its_log", "during", faults=("block a service's log",)),
    Mutant("row_of_another_street", "check_isolation", in_program=False, sql=STRAY_ROWS),
]
CONTROL = Mutant("none", "", faults=("kill", "crash"), in_program=False, attack="all")


class MutantStack(ClockedStack):
    """A system with the mutant's bug."""

    def __init__(self, mutant: Mutant, build: Path, state: Path):
        self.mutant = mutant
        rounds = [[f"{street}{i}" for street in harness.STREETS] for i in range(len(ROUNDS_S))]
        super().__init__(build, state, streets=sum(rounds, []), leaps=mutant.clocked)
        self.rounds = rounds
        os.environ.pop("JUSHA_PLANT", None)
        if mutant.only_in:
            for i in range(self.copies):
                self.customise[f"{mutant.only_in}_{i + 1}"] = self.change(i)
        elif mutant.in_program:
            os.environ["JUSHA_PLANT"] = mutant.name

    def change(self, copy: int):
        def change(argv: list[str], env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
            if self.mutant.apart:
                own = self.brokers.split(",")[copy]
                argv = [f"--brokers={own}" if arg.startswith("--brokers=") else arg for arg in argv]
            return argv, env | {"JUSHA_PLANT": self.mutant.name}
        return change

    def prepare(self) -> None:
        super().prepare()
        if not self.mutant.clocked:
            self.clocks.clear()
        if self.mutant.sql:
            self.psql(self.mutant.sql)


# ---- looking for one ----

def look(mutant: Mutant, options: argparse.Namespace) -> tuple[float, list[str]]:
    """Seconds and the violations that it was found by; none: missed. Of the control all that was found."""
    stack = MutantStack(mutant, options.build, options.state.with_name(f"{options.state.name}-{mutant.name}"))
    crashes.prepare(stack)
    probe.GIVE_UP_S = mutant.gives_up_s
    with stack:
        began = time.monotonic()
        found: list[str] = []
        for streets, seconds in zip(stack.rounds, ROUNDS_S):
            found = [text for text in play(stack, streets, seconds, mutant, options) if text.startswith(mutant.found_by)]
            if found or time.monotonic() - began > FIND_S - seconds:
                break
        took = time.monotonic() - began
    if bool(found) == bool(mutant.found_by):
        stack.remove()
    return took, found


def play(stack: Stack, streets: list[str], seconds: float, mutant: Mutant, options: argparse.Namespace) -> list[str]:
    """One round in these streets, settled and checked."""
    stack.streets = streets
    session = runs.Session(stack, options.seed, options.rate, attack=mutant.attack)
    rows = harness.possible(harness.all_rows(stack, list(mutant.faults))) if mutant.faults else []
    if rows:
        session.carry_out(plan.steps(rows, options.seed, LONGEST_S), seconds, harness.say)
    else:
        session.workload.start()
        time.sleep(seconds)
    violations = session.settle()
    run = runs.Run(session.folder, stack)
    return violations + [f"{checker.__name__}: {text}" for checker in CHECKS
                         if not mutant.found_by or checker.__name__ == mutant.found_by for text in checker(run)]


def main(options: argparse.Namespace) -> int:
    runs.SETTLE_S = subscribers.CATCH_UP_S = workload.GIVE_UP_S = SETTLE_S
    harness.say(f"seed {options.seed}")
    rows = [mutant for mutant in [*MUTANTS, CONTROL] if not options.mutants or mutant.name in options.mutants]
    lines, wrong = [], 0
    for mutant in rows:
        harness.say(f"\n{mutant.name}")
        try:
            took, found = look(mutant, options)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:  # nothing was learned, of the control neither
            took, found = FIND_S, [] if mutant.found_by else [f"broke off: {error}"]
            harness.say(f"broke off: {error}")
        good = bool(found) == bool(mutant.found_by) and (not mutant.found_by or took <= FIND_S)
        wrong += not good
        lines.append(f"{mutant.name:<26}{verdict(mutant, took, found)}")
        harness.say(lines[-1])
    harness.say("\n" + "\n".join(lines))
    harness.say(f"{len(rows) - wrong} of {len(rows)} as it should be, seed {options.seed}")
    return 1 if wrong or not rows else 0


def verdict(mutant: Mutant, took: float, found: list[str]) -> str:
    if not mutant.found_by:
        return f"FOUND, though there is no bug: {found[0]}" if found else "nothing found, and there is no bug"
    return f"caught after {took:.0f} s by {found[0][:200]}" if found else f"MISSED, looked for {took:.0f} s"
