# SPDX-License-Identifier: Apache-2.0
"""run.py - one run: what it left, and while it is under way

A checker gets a Run and never asks where it is: tables are read from the database while the system is up (and kept
in the folder), from the folder afterwards. Rows are dicts as PostgreSQL makes JSON of them: bytea is "\\x…".

A Session is a run under way: clients, subscribers and faults on a system that was started. carry_out lets clients ask
while faults come and go; settle ends that and waits until nothing is on its way any more, so that the checkers read a
state that stays.
"""
import json
import shutil
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import history
import hostile
import subscribers
from bus import Contract
from director import Director
from history import History
from hostile import Attackers
from plan import Planned
from probe import Prober
from process import wait_until
from stack import Stack
from workload import Workload

PAUSE_S, SETTLE_S = 0.3, 60  # between two steps; until services have read each other's journals

class Run:
    def __init__(self, folder: Path, stack: Stack | None = None):
        self.folder, self.stack = folder, stack
        self.tables: dict[str, list[dict]] = {}

    @cached_property
    def history(self) -> list[dict]:
        return history.read(self.folder / "history.jsonl")

    @cached_property
    def about(self) -> dict:
        """seed, streets, services."""
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    @property
    def began(self) -> float:
        """Unix seconds by the machine's clock."""
        return self.about["began"]

    @property
    def streets(self) -> list[str]:
        return self.about["streets"]

    @property
    def services(self) -> list[str]:
        return self.about["services"]

    @cached_property
    def subscribers(self) -> dict[str, list[str]]:
        """By name (STREET_NUMBER): printed lines, and RESTARTED where the process ran again. A line before RESTARTED
        may have been cut by SIGKILL."""
        return {path.stem: path.read_text(encoding="utf-8", errors="replace").splitlines()
                for path in sorted((self.folder / "subscribers").glob("*.jsonl"))}

    @cached_property
    def lost(self) -> dict[str, dict]:
        """Events that were in a journal until it was restored from a backup, by id."""
        path = self.folder / "lost.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return {row["id"]: row for row in map(json.loads, lines)}

    @cached_property
    def hostile(self) -> dict[str, tuple[dict, list[dict]]]:
        """By attacker: its figures, and what reached it though it is not its own."""
        return hostile.read(self.folder / "hostile")

    def table(self, name: str) -> list[dict]:
        """Every row of "registry.unit" and the like."""
        if name not in self.tables:
            path = self.folder / "tables" / f"{name}.jsonl"
            if not path.exists():
                self.dump(name, path)
            with open(path, encoding="utf-8") as file:
                self.tables[name] = [json.loads(line) for line in file]
        return self.tables[name]

    def table_names(self) -> list[str]:
        """Of all services, without the partitions of tables."""
        if self.stack is None:
            return sorted(path.stem for path in (self.folder / "tables").glob("*.jsonl"))
        ours = ",".join(self.services)
        rows = self.stack.psql("SELECT n.nspname || '.' || c.relname AS name FROM pg_class c"
                               " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
                               f" AND NOT c.relispartition AND n.nspname = ANY('{{{ours}}}') ORDER BY 1")
        return [row["name"] for row in rows]

    def dump(self, name: str, path: Path) -> None:
        if self.stack is None:
            raise FileNotFoundError(f"{path}: this run was not kept with its tables")
        path.parent.mkdir(exist_ok=True)
        self.stack.copy_out(f"SELECT row_to_json(r) FROM {name} r", path)

    def dump_all(self) -> None:
        for name in self.table_names():
            self.table(name)


class Session:
    def __init__(self, stack: Stack, seed: int, rate: float, patience: float = 1, attack: str = "all"):
        """rate: requests a second while all is well. patience: see Director. attack: see Attackers."""
        self.stack, self.seed = stack, seed
        self.folder = stack.state / "run"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        about = {"seed": seed, "streets": stack.streets, "services": stack.services, "began": time.time()}
        (self.folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
        self.history = History(self.folder / "history.jsonl")
        contract = Contract(self.folder / "contract")
        self.subscribers = subscribers.start(stack, self.folder / "subscribers")
        self.attackers = Attackers(stack, contract, self.history, self.folder / "hostile", seed % 1000 + 1, attack)
        self.workload = Workload(stack, contract, self.history, seed, rate=rate)
        self.director = Director(stack, self.history, Prober(stack, contract, self.history), patience)

    def carry_out(self, steps: Iterator[list[Planned]], seconds: float, say: Callable[[str], None],
                  wants_more: Callable[[], object] = lambda: False) -> None:
        """For so many seconds, or twice as long while more is wanted."""
        self.workload.start()
        began = time.monotonic()
        for step in steps:
            passed = time.monotonic() - began
            if passed > seconds * 2 or passed > seconds and not wants_more():
                break
            say(f"{passed:5.0f} s  " + " and ".join(f"{one.fault.name}, {one.seconds:.1f} s" for one in step))
            self.director.step(step)
            time.sleep(PAUSE_S)

    def settle(self) -> list[str]:
        """Clients have done, services have read all journals, subscribers have printed all. What went wrong."""
        self.workload.stop()
        violations = self.attackers.stop()
        self.stack.wait_ready()
        self.director.supervise()  # a subscriber that was overtaken goes on
        violations += self.wait_for_followers() + subscribers.caught_up(self.stack, self.subscribers)
        self.director.supervise()
        for subscriber in self.subscribers:
            subscriber.stop()
            self.stack.processes.pop(subscriber.name)
        self.history.close()
        return violations + self.workload.broken + self.director.violations

    def wait_for_followers(self) -> list[str]:
        try:
            wait_until(lambda: not behind(self.stack), SETTLE_S, "services have read each other's journals")
        except TimeoutError:
            return behind(self.stack)
        return []


def behind(stack: Stack) -> list[str]:
    """Followers that have not read all."""
    rows = stack.psql(" UNION ALL ".join(f"SELECT '{service}' AS follower, street, source, seq FROM {service}.follower"
                                         for service in stack.services))
    heads = subscribers.heads(stack)
    return [f"{row['follower']} stays at {row['seq']} of {heads[row['street'], row['source']]} of"
            f" {row['street']}/{row['source']}" for row in rows
            if int(row["seq"]) < heads.get((row["street"], row["source"]), 0)]
