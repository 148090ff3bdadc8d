# SPDX-License-Identifier: Apache-2.0
"""plan.py - which fault comes when: rows of faults, a seeded sequence of steps

A step is one fault, or two at a time. The plan is made from the seed alone, before anything runs: first every row that
can be done here once, in an order of the seed, then by weight. faults.py and its neighbours hold the rows.
"""
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from stack import Stack

Undo = Callable[[], None]
LIMIT_S = {"service": 2, "broker": 5, "postgres": 10, "partition": 5, "subscriber": 0, "clock": 5, "volume": 10,
           "message": 5, "crash": 2, "hostile": 5, "restore": 10}  # from the end of a fault to the first success; 0: nobody waits for it
TOGETHER = 0.4  # how many steps have two faults; one of a subscriber never comes alone, as the system does not feel it


def log_uniform(low: float, high: float) -> Callable[[Random], float]:
    """Seconds, each order of magnitude as likely as the next."""
    return lambda dice: math.exp(dice.uniform(math.log(low), math.log(high)))


@dataclass(frozen=True)
class Fault:
    name: str
    kind: str  # one of LIMIT_S
    weight: float
    begin: Callable[[Stack, Random], Undo | None]  # what ends it, or None when it is over by itself
    seconds: Callable[[Random], float] = log_uniform(0.1, 30)
    limit_s: float | None = None  # None: that of its kind
    needs_root: bool = False
    why_not: str = ""  # the reason why it cannot be done on this machine
    has_twin: bool = False  # who is hit withdraws, and another one serves meanwhile: that is measured, too
    is_alone: bool = False  # nothing else breaks meanwhile; too long for a smoke run
    holds: Callable[[Stack], list[str]] | None = None  # asked before it ends: what is not as it must be while it lasts

    @property
    def limit(self) -> float:
        return LIMIT_S[self.kind] if self.limit_s is None else self.limit_s


@dataclass(frozen=True)
class Planned:
    fault: Fault
    seconds: float
    dice: int  # seed of the fault's own choices


def steps(rows: list[Fault], seed: int, longest: float) -> Iterator[list[Planned]]:
    """For ever. longest: seconds that a fault may last."""
    dice = Random(f"{seed}/plan")
    first = dice.sample(rows, len(rows))
    weights = [row.weight for row in rows]
    while True:
        chosen = [first.pop() if first else dice.choices(rows, weights)[0]]
        if dice.random() < TOGETHER or chosen[0].kind == "subscriber":
            chosen.append(first.pop() if first else dice.choices(rows, weights)[0])
        planned = [Planned(fault, min(fault.seconds(dice), longest), dice.getrandbits(64))
                   for fault in dict.fromkeys(chosen)]
        if any(one.fault.is_alone for one in planned):
            yield from ([one] for one in planned)
        else:
            yield planned
