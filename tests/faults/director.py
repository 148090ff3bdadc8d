# SPDX-License-Identifier: Apache-2.0
"""director.py - carries out a plan: begins faults, ends them, measures how soon everything answers again

step -> each fault begins -> probe, where nobody should notice -> what must hold meanwhile -> each ends after its seconds ->
probe -> figures, violations. Between steps every process that was started must run: one that ended by itself is a violation, and is
started again.
"""
import random
import subprocess
import time
from collections import Counter, defaultdict

from history import History
from plan import Planned, Undo
from probe import GIVE_UP_S, Prober
from stack import Stack
from subscribers import Subscriber


class Director:
    def __init__(self, stack: Stack, history: History, prober: Prober, patience: float):
        """patience: by how much a limit may be exceeded."""
        self.stack, self.history, self.prober = stack, history, prober
        self.faults: Counter[str] = Counter()  # by kind
        self.took: dict[str, list[float]] = defaultdict(list)  # by kind: seconds to the first success
        self.violations: list[str] = []
        self.patience = patience

    def step(self, planned: list[Planned]) -> None:
        under_way = []
        began = time.monotonic()
        for one in planned:
            self.begin(one, under_way)
        if under_way and all(one.fault.has_twin for one, _ in under_way):
            self.measure("during", [one for one, _ in under_way])
        for one, undo in sorted(under_way, key=lambda pair: pair[0].seconds):
            time.sleep(max(0.0, began + one.seconds - time.monotonic()))
            if one.fault.holds and len(under_way) == 1:  # else the other one may be the reason
                for text in one.fault.holds(self.stack):
                    self.violate(f"during \"{one.fault.name}\" {text}")
            self.end(one, undo)
        if under_way:
            self.measure("after", [one for one, _ in under_way])
        self.supervise()

    def begin(self, one: Planned, under_way: list) -> None:
        about = {"name": one.fault.name, "kind": one.fault.kind, "seconds": round(one.seconds, 3), "dice": one.dice}
        self.history.add("fault", **about)
        try:
            undo = one.fault.begin(self.stack, random.Random(one.dice))
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:  # e.g. PostgreSQL is away by another fault
            self.history.add("note", text=f"{one.fault.name} did not begin: {error}")
            return
        self.faults[one.fault.kind] += 1
        under_way.append((one, undo))

    def end(self, one: Planned, undo: Undo | None) -> None:
        if undo:
            undo()
        self.history.add("gone", name=one.fault.name, kind=one.fault.kind)

    def measure(self, when: str, faults: list[Planned]) -> None:
        """Faults at one time are judged by the longest of their limits."""
        worst = max((one.fault for one in faults), key=lambda fault: fault.limit)
        if worst.limit == 0:
            return
        took = self.prober.measure()
        (service, broker), seconds = max(took.items(), key=lambda item: item[1])
        name = " and ".join(one.fault.name for one in faults)
        self.took[worst.kind].append(seconds)
        self.history.add("recovered", when=when, name=name, kind=worst.kind, seconds=round(seconds, 3), limit=worst.limit,
                         service=service, broker=broker)
        if seconds > worst.limit * self.patience:
            longer = "not at all" if seconds >= GIVE_UP_S else f"{seconds:.1f} s"
            self.violate(f"{when} \"{name}\" {service} answered by {broker} again: {longer}, limit {worst.limit:g} s")

    def supervise(self) -> None:
        for name, process in self.stack.processes.items():
            if process.running():
                continue
            told = f"{name} ended by itself, exit code {process.exit_code}"
            if isinstance(process, Subscriber) and process.was_overtaken():
                self.history.add("note", text=told)
            else:
                self.violate(told)
            process.start()

    def violate(self, text: str) -> None:
        self.history.add("note", text=f"violation: {text}")
        self.violations.append(text)
