# SPDX-License-Identifier: Apache-2.0
"""environment.py - faults of what is around the system: cuts of the network, muddled messages, set clocks, full volumes

A row says what breaks and how it is mended; which process, which way and how badly come from the dice of the plan. They
act upon a SurroundedStack. One kind alone: ops/faults --soak 1 --only volume
"""
import functools
import subprocess
from collections.abc import Callable
from random import Random

import clocks
import namespaces
from clocks import CLOCKED, ClockedStack
from plan import Fault, Undo
from process import Process, wait_until
from surroundings import APART, SurroundedStack

Begin = Callable[[SurroundedStack, Random], Undo]
Seconds = Callable[[Random], float]
HOUR, DAY = 3600, 86400
OFFSETS = (2, -2, HOUR, -HOUR, 40 * DAY, -40 * DAY)  # seconds; a service withdraws beyond a minute
OFF_S, WITHDRAW_S = 60, 3  # from where on a service withdraws (db_clock.h); how soon it does
SWITCHES = 40  # of log segments of 16 MB; a few are kept to be used again
PSQL_S = 5


# ---- networks ----

def cut(processes: list[str], ports: Callable[[SurroundedStack], str]) -> Begin:
    """Nothing, or nothing in one direction, passes between a process and these ports."""
    def begin(stack: SurroundedStack, dice: Random) -> Undo:
        network = stack.networks[dice.choice(processes)]
        return network.cut(dice.choice(list(namespaces.CUTS)), ports(stack))
    return begin


def everything(_: SurroundedStack) -> str:
    return ""


def brokers(stack: SurroundedStack) -> str:
    return f"{stack.broker_port(0)}:{stack.broker_port(stack.broker_count) - 1}"


def database(stack: SurroundedStack) -> str:
    return next(part.removeprefix("port=") for part in stack.conninfo().split() if part.startswith("port="))


# ---- messages ----

def muddle(lane: str, **most: float) -> Begin:
    """What the shim does to a lane, each figure up to its most."""
    def begin(stack: SurroundedStack, dice: Random) -> Undo:
        stack.shim(lane, **{name: dice.uniform(value / 5, value) for name, value in most.items()},
                   seed=dice.getrandbits(32))
        return lambda: stack.shim(lane, **dict.fromkeys(most, 0))
    return begin


# ---- clocks ----

def set_clock(processes: list[str]) -> Begin:
    def begin(stack: ClockedStack, dice: Random) -> Undo:
        name, offset = dice.choice(processes), dice.choice(OFFSETS)
        stack.clocks[name].set(offset)
        if name in SERVICES_CLOCKED and abs(offset) > OFF_S:
            wait_until_withdrawn(stack.processes[name])
        return lambda: stack.clocks[name].set(0)
    return begin


def wait_until_withdrawn(process: Process) -> None:
    """So that the system is seen without it. One that stays is for check_clocks to find."""
    try:
        wait_until(lambda: process.get("/readyz")[0] == 503, WITHDRAW_S, f"{process.name} withdraws")
    except TimeoutError:
        pass


# ---- volumes ----

def fill_data(stack: SurroundedStack, _dice: Random) -> Undo:
    stack.volumes.data.full()
    return lambda: make_room(stack)


def fill_log(stack: SurroundedStack, _dice: Random) -> Undo:
    """The server would go on for a while in the segments that it kept: they are used up here."""
    stack.volumes.log.full()
    try:
        for _ in range(SWITCHES):
            stack.psql("SELECT pg_logical_emit_message(false, 'full', ''), pg_switch_wal()", timeout=PSQL_S)
    except (RuntimeError, subprocess.TimeoutExpired):
        pass  # it has panicked
    return lambda: make_room(stack)


def make_room(stack: SurroundedStack) -> None:
    stack.volumes.free()
    try:
        stack.cluster("start")  # waits until it answers, if it has not given up
    except RuntimeError:
        stack.cluster("start")  # it was about to


# ---- the table ----

@functools.cache
def why_no_enclosure() -> str:
    return "" if namespaces.is_enclosed() else namespaces.why_not() or "not enclosed"


def uniform(low: float, high: float) -> Seconds:
    return lambda dice: dice.uniform(low, high)


def enclosed(name: str, kind: str, weight: float, begin: Begin, seconds: Seconds) -> Fault:
    return Fault(name, kind, weight, begin, seconds, needs_root=True, why_not=why_no_enclosure())


def clock(name: str, weight: float, processes: list[str]) -> Fault:
    return Fault(name, "clock", weight, set_clock(processes), uniform(clocks.CACHE_SECONDS, 10),
                 why_not="" if clocks.library() else "libfaketime is not installed", has_twin=True)


def split(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Services, brokers."""
    found = [name for name in names if name.startswith("broker_")]
    return [name for name in names if name not in found], found


CUT_S, MESSAGES_S, FULL_S = uniform(0.5, 10), uniform(1, 8), uniform(1, 6)
SERVICES_APART, BROKERS_APART = split(APART)
SERVICES_CLOCKED, BROKERS_CLOCKED = split(CLOCKED)
FAULTS = [
    enclosed("cut off a service", "partition", 3, cut(SERVICES_APART, everything), CUT_S),
    enclosed("cut a service off the brokers", "partition", 2, cut(SERVICES_APART, brokers), CUT_S),
    enclosed("cut a service off the database", "partition", 2, cut(SERVICES_APART, database), CUT_S),
    enclosed("cut off a broker", "partition", 3, cut(BROKERS_APART, everything), CUT_S),
    Fault("lose requests", "message", 2, muddle("requests", drop=0.3), MESSAGES_S),
    Fault("double requests", "message", 2, muddle("requests", double=0.8), MESSAGES_S),
    Fault("reorder requests", "message", 2, muddle("requests", delay=0.6, delay_s=1), MESSAGES_S),
    Fault("muddle requests", "message", 2, muddle("requests", drop=0.2, double=0.4, delay=0.4, delay_s=3), MESSAGES_S),
    Fault("muddle events", "message", 2, muddle("events", drop=0.3, double=0.4, delay=0.4, delay_s=2), MESSAGES_S),
    clock("set a service's clock", 2, SERVICES_CLOCKED),
    clock("set a broker's clock", 1, BROKERS_CLOCKED),
    enclosed("fill the data volume", "volume", 2, fill_data, FULL_S),
    enclosed("fill the log volume", "volume", 2, fill_log, FULL_S),
]
