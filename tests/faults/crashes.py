# SPDX-License-Identifier: Apache-2.0
"""crashes.py - processes that die at one particular line, as rows of plan.py's table

An order (a file in the folder that JUSHA_FAULT names, see tests/faults/planted/fault.h) tells a process at which crash point
it dies, and at which of its next passes. The fault has begun when the process is gone.
"""
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

from faults import AWAY, leader, start
from plan import LIMIT_S, Fault, Undo
from process import Process, wait_until
from stack import Stack
from subscribers import Subscriber

COME_BY_S = 8  # longer than a minute's share of a busy line; then nobody came by
PASSES = 20  # the process dies at one of so many
Choose = Callable[[Stack, Random], Process]


def prepare(stack: Stack) -> None:
    """Before anything is started: processes inherit where to look."""
    folder = orders(stack)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    os.environ["JUSHA_FAULT"] = str(folder)


def orders(stack: Stack) -> Path:
    return stack.state / "orders"


# ---- who ----

def named(*services: str) -> Choose:
    return lambda stack, dice: dice.choice([process for name, process in stack.processes.items()
                                            if name.rsplit("_", 1)[0] in services])


def leading(duty: str, *services: str) -> Choose:
    return lambda stack, dice: leader(stack, dice.choice(services), duty)


def subscriber(stack: Stack, dice: Random) -> Process:
    return dice.choice([process for process in stack.processes.values() if isinstance(process, Subscriber)])


# ---- how ----

def crash(point: str, choose: Choose, passes: int = PASSES, provoke: str = "") -> Callable[[Stack, Random], Undo]:
    """provoke: SQL that brings the process there."""
    def begin(stack: Stack, dice: Random) -> Undo:
        process = choose(stack, dice)
        order = orders(stack) / str(process.pid)
        order.write_text(f"{point}:{dice.randint(1, passes)}\n", encoding="ascii")
        if provoke:
            stack.psql(provoke)
        try:
            wait_until(lambda: not process.running(), COME_BY_S, f"{process.name} comes to {point}")
        finally:
            order.unlink(missing_ok=True)
        return lambda: start(process)
    return begin


def row(point: str, choose: Choose, like: str = "service", **more) -> Fault:
    return Fault(f"crash {point}", "crash", 1, crash(point, choose, **more), AWAY, limit_s=LIMIT_S[like])


BUSY = named("registry", "selection", "scheduling")
FIRE_TIMERS = "UPDATE scheduling.timer SET due = now()"  # early, which only makes them look and set themselves again

FAULTS = [
    row("before_commit", BUSY),
    row("after_commit_before_reply", BUSY),
    row("after_reply", BUSY),
    row("relay_after_publish", leading("relay", "registry", "selection", "scheduling")),
    row("follower_before_commit", leading("steward", "selection", "scheduling", "notification"), passes=5),
    row("follower_after_commit", leading("steward", "selection", "scheduling", "notification"), passes=5),
    row("timer_before_fire", leading("steward", "scheduling"), passes=1, provoke=FIRE_TIMERS),
    row("timer_after_fire", leading("steward", "scheduling"), passes=1, provoke=FIRE_TIMERS),
    row("broker_after_forward", named("broker"), like="broker", passes=200),
    row("broker_before_reply", named("broker"), like="broker", passes=200),
    row("subscriber_before_print", subscriber, like="subscriber", passes=200),
    row("subscriber_before_cursor", subscriber, like="subscriber", passes=200),
]
