# SPDX-License-Identifier: Apache-2.0
"""surroundings.py - a system among things that can go wrong around it: networks, messages, clocks, volumes

Half of the system's processes live with something that the test has in its hand; their twins live without:

    registry_2, scheduling_2, broker_2          a network of their own; the two services reach PostgreSQL by it as well
    selection_2, some callers and subscribers   speak to the brokers by the shim
    registry_1, scheduling_1, broker_1          a wall clock of their own (clocks.py), all others one together
    PostgreSQL                                  data and log on volumes of their own; services know a second host

Networks and volumes need the enclosure of namespaces.py; without it they are left out. At rest all of it is
transparent.

FAULTS says what of it breaks and how it is mended; which process, which way and how badly come from the dice of the
plan. One kind alone: ops/faults --soak 1 --only volume
"""
import functools
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import zmq

import clocks
import namespaces
from clocks import CLOCKED, ClockedStack
from faults import commands_are_known_to_fail
from namespaces import HUB, Namespace
from plan import Fault, Undo
from process import Process, wait_until
from standby import Standby
from volumes import SETTINGS, Volumes

APART = ("registry_2", "scheduling_2", "broker_2")
SHIMMED = ("selection_2", "c3", "c7", "c11", "harbour_1", "meadow_2")
SHIM_OFFSET = 32  # of the shim's ports among the system's
SHIM_TIMEOUT_MS = 10000
HBA = """local all all              scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
host  all all 10.77.0.0/16 scram-sha-256
"""


def with_option(argv: list[str], name: str, old: str, new: str) -> list[str]:
    """argv with a text replaced in one option's value."""
    return [arg.replace(old, new) if arg.startswith(f"--{name}=") else arg for arg in argv]


class SurroundedStack(ClockedStack):
    def __init__(self, *args, **options):
        enclosed = namespaces.is_enclosed()
        super().__init__(*args, leaps=True, **options | ({"address": HUB} if enclosed else {}))
        self.networks = {name: Namespace(name, i + 1) for i, name in enumerate(APART)} if enclosed else {}
        self.volumes = Volumes(self) if enclosed else None
        self.shim_key = self.state / "shim/shim.key"
        self.control = f"ipc://{self.state}/shim/control"

    # ---- start and stop ----

    def prepare(self) -> None:
        super().prepare()
        for network in self.networks.values():
            network.make()
        if self.volumes:
            self.move_cluster()

    def move_cluster(self) -> None:
        """Onto the volumes, and to where the networks find it."""
        hba = self.state / "cluster/pg_hba.networks.conf"
        hba.write_text(HBA, encoding="ascii")
        shutil.chown(hba, "postgres", "postgres")
        for name, value in {**SETTINGS, "listen_addresses": f"'127.0.0.1, {HUB}'", "hba_file": f"'{hba}'"}.items():
            self.psql(f"ALTER SYSTEM SET {name} = {value}")
        self.cluster("stop")
        self.volumes.mount()
        self.cluster("start")

    def service_argv(self, name: str) -> list[str]:
        """Each knows the host of the standby, too (failovers.py)."""
        return with_option(super().service_argv(name), "database", self.conninfo(), Standby(self).both())

    def start_services(self) -> None:
        self.start_shim()
        super().start_services()

    def stop(self) -> None:
        super().stop()
        if self.volumes:
            self.volumes.unmount()

    def spawn(self, name: str, argv: list, env: dict[str, str] | None = None, prefix: list[str] | None = None,
              output: Path | None = None) -> Process:
        argv, prefix = list(map(str, argv)), list(prefix or [])
        if name in self.networks:
            prefix = self.networks[name].prefix + prefix
            argv = self.apart(argv, self.networks[name].address)
        if name in SHIMMED:
            brokers, key = self.way(name)
            argv = with_option(argv, "brokers", self.brokers, brokers)
            argv = with_option(argv, "broker_key", str(self.broker_key), str(key))
        return super().spawn(name, argv, env, prefix, output)

    @staticmethod
    def apart(argv: list[str], address: str) -> list[str]:
        """What a program listens on is its own address, what it connects to the hub's."""
        argv = with_option(argv, "admin", "127.0.0.1", address)
        argv = with_option(argv, "address", HUB, address)
        return with_option(argv, "database", "127.0.0.1", HUB)

    # ---- addresses ----

    def broker_address(self, index: int) -> str:
        network = self.networks.get(f"broker_{index + 1}")
        return f"{network.address if network else self.address}:{self.broker_port(index)}"

    @property
    def brokers(self) -> str:
        return ",".join(self.broker_address(i) for i in range(self.broker_count))

    # ---- shim ----

    def shim_port(self, index: int) -> int:
        return self.broker_port(index) + SHIM_OFFSET

    def way(self, name: str) -> tuple[str, Path]:
        if name not in SHIMMED:
            return super().way(name)
        return ",".join(f"{self.address}:{self.shim_port(i)}" for i in range(self.broker_count)), self.shim_key

    def start_shim(self) -> None:
        """Its key lies apart from the others': the brokers do not know it."""
        if not self.shim_key.exists():
            self.shim_key.parent.mkdir(exist_ok=True)
            namespaces.run(self.program("ops/cli/jusha"), "keys", "create", "shim", "--role", "SERVICE",
                           "--streets", "*", "--folder", str(self.shim_key.parent))
        ways = [f"{self.shim_port(i)}={self.broker_address(i)}" for i in range(self.broker_count)]
        self.spawn("shim", [sys.executable, Path(__file__).with_name("shim.py"), f"--keys={self.keys}",
                            f"--key={self.shim_key}_secret", f"--control={self.control}", *ways])

    def shim(self, lane: str, **mischief: float) -> dict[str, int]:
        """Sets some of what the shim does to a lane (figures of shim.py's Lane); what it did so far."""
        with zmq.Context.instance().socket(zmq.REQ) as socket:
            socket.linger, socket.rcvtimeo = 0, SHIM_TIMEOUT_MS
            socket.connect(self.control)
            socket.send_json({"lane": lane, **mischief})
            return socket.recv_json()


Begin = Callable[[SurroundedStack, Random], Undo]
Seconds = Callable[[Random], float]
HOUR, DAY = 3600, 86400
OFFSETS = (2, -2, HOUR, -HOUR, 40 * DAY, -40 * DAY)  # seconds; a service withdraws beyond a minute
OFF_S, WITHDRAW_S = 60, 3  # from where on a service withdraws (db_clock.h); how soon it does
LEAPS, SLEEP_S = (40 * DAY, -40 * DAY, 2 * DAY), 23 * DAY
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


def leap(stack: ClockedStack, dice: Random) -> Undo:
    """All clocks are set wrong, PostgreSQL's too, and right again."""
    stack.leap(dice.choice(LEAPS))
    return lambda: stack.leap(0)


def suspend(stack: ClockedStack, _dice: Random) -> Undo:
    """The machine sleeps for weeks: nothing runs, and then all clocks are ahead. They come back for the rest of the run."""
    stopped = [stack.processes[name] for name in (*stack.service_names(), *stack.broker_names())]
    for process in stopped:
        process.pause()
    stack.leap(SLEEP_S)
    for process in stopped:
        process.resume()
    return lambda: stack.leap(0)


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


def enclosed(name: str, kind: str, weight: float, begin: Begin, seconds: Seconds,
             holds: Callable[[SurroundedStack], list[str]] | None = None) -> Fault:
    return Fault(name, kind, weight, begin, seconds, needs_root=True, why_not=why_no_enclosure(), holds=holds)


def clock(name: str, weight: float, processes: list[str]) -> Fault:
    return Fault(name, "clock", weight, set_clock(processes), uniform(clocks.CACHE_SECONDS, 10),
                 why_not="" if clocks.library() else "libfaketime is not installed", has_twin=True)


def everywhere(name: str, weight: float, begin: Begin) -> Fault:
    """Commands are answered meanwhile, too, once the sessions of before have ended."""
    return Fault(name, "clock", weight, begin, uniform(4, 10), limit_s=LEAP_LIMIT_S,
                 why_not="" if clocks.library() else "libfaketime is not installed", has_twin=True)


def split(names: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Services, brokers."""
    found = [name for name in names if name.startswith("broker_")]
    return [name for name in names if name not in found], found


LEAP_LIMIT_S = 10
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
    everywhere("set all clocks wrong and right", 2, leap),
    everywhere("suspend the machine", 2, suspend),
    enclosed("fill the data volume", "volume", 2, fill_data, FULL_S, commands_are_known_to_fail),
    enclosed("fill the log volume", "volume", 2, fill_log, FULL_S),
]
