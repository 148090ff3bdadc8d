# SPDX-License-Identifier: Apache-2.0
"""system.py - the private system that is measured, and the programs that measure it

As ops/run starts it: PostgreSQL with the settings of ops/lib/cluster, two brokers, one of each service, flags by
default. Callers use the first broker; the second stands by, as in any installation. Only the first one has no rates: a
load stands for many callers, and is to find out what the system can do. More certificates: CALLERS (STREET_STAFF of
all streets) ask, one on each connection, as the broker shares out what it has by certificate; "echo" (SERVICE) sends back.
"""
import json
import resource
import subprocess
import time
from pathlib import Path

import machine
from process import end_leftovers
from stack import SERVICES, Stack


CALLERS = [f"bench{i}" for i in range(16)]
SETTLE_S = 120  # within which services have worked off what a load left
SAMPLE_S = 3
BUSY_TRANSACTIONS = 40  # a second: more than what services do of themselves
FOLLOWERS = tuple(name for name in SERVICES if name != "registry")


class MeasureError(Exception):
    """A program that measures failed: its last words."""


def output_of(*argv) -> str:
    """What a program prints."""
    texts = [str(part) for part in argv]
    done = subprocess.run(texts, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MeasureError(f"{Path(texts[0]).name} {texts[1]}: {' '.join(done.stderr.strip().splitlines()[-3:])}")
    return done.stdout


class System:
    """with System(build, state) as system: … — at its end everything is stopped and removed."""

    def __init__(self, build: Path, state: Path):
        self.stack = Stack(build, state, copies=1, options={"broker_1": ["--rates=0"]})
        self.street_count = 0

    def __enter__(self) -> "System":
        self.clear()
        self.stack.__enter__()
        for caller in CALLERS:
            self.stack.make_certificate(caller, "STREET_STAFF", "*")
        self.stack.make_certificate("echo", "SERVICE", "*")
        return self

    def __exit__(self, *_):
        self.stack.stop()
        self.stack.remove()

    def clear(self):
        """What a run that was killed left: figures begin with an empty database."""
        if self.stack.state.exists():
            end_leftovers(self.stack.state)
            self.stack.cluster("destroy")
            self.stack.remove()

    def program(self, name: str) -> Path:
        return self.stack.build / "tests/bench" / name

    def load(self, what: str, certificates: list[str] | None = None, prefix: list[str] | None = None,
             **options) -> dict:
        """Runs tests/bench/load.c; prefix is what runs it."""
        return json.loads(output_of(*(prefix or []), *self.load_argv(what, certificates, **options)))

    def load_argv(self, what: str, certificates: list[str] | None = None, **options) -> list[str]:
        """options are its flags."""
        paths = [str(self.stack.certificate(name)) for name in certificates or CALLERS]
        given = {"brokers": self.stack.brokers, "broker_key": self.stack.broker_key,
                 "certificates": ",".join(paths)} | options
        return [str(self.program("load")), what, *(f"--{name}={value}" for name, value in given.items())]

    def cpu_us(self) -> dict[str, float]:
        """Processor time so far: of each program, of PostgreSQL, of the programs that make load."""
        times = {name: machine.cpu_us(process.pid) for name, process in self.stack.processes.items()}
        times["postgres"] = machine.family_cpu_us(self.stack.postmaster_pid())
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return times | {"load": (used.ru_utime + used.ru_stime) * 1e6}

    def load_with_costs(self, what: str, **options) -> dict:
        """load, and the processor time that each answer cost, by program."""
        before = self.cpu_us()
        result = self.load(what, **options)
        spent = {name: (time - before[name]) / result["answers"] for name, time in self.cpu_us().items()}
        return result | {"cpu_us": {name: cost for name, cost in spent.items() if cost >= 0.1}}

    def is_quiet(self) -> bool:
        """Every follower has read the registry's journals to their ends: nobody works off what an earlier load left."""
        behind = " UNION ALL ".join(
            f"SELECT 1 FROM {service}.follower f WHERE source = 'registry' AND reached <"
            " (SELECT max(seq) FROM registry.journal j WHERE j.street = f.street)" for service in FOLLOWERS)
        return not self.stack.psql(f"SELECT 1 AS behind FROM ({behind}) AS all_of_them LIMIT 1")

    def transactions(self) -> int:
        return int(self.stack.psql("SELECT sum(xact_commit + xact_rollback) AS n FROM pg_stat_database")[0]["n"])

    def settle(self):
        """Waits until nobody works off what was done before, in whatever journal."""
        until, rate = time.monotonic() + SETTLE_S, float(BUSY_TRANSACTIONS)
        while rate >= BUSY_TRANSACTIONS:
            if time.monotonic() > until:
                raise MeasureError(f"still {rate:.0f} transactions a second")
            before = self.transactions()
            time.sleep(SAMPLE_S)
            rate = (self.transactions() - before) / SAMPLE_S

    def need_streets(self, count: int):
        """Streets bench-0 … bench-<count - 1> are there."""
        if count > self.street_count:
            self.load("streets", ["operator"], first=self.street_count, streets=count - self.street_count, clients=4)
            self.street_count = count
