# SPDX-License-Identifier: Apache-2.0
"""bench.py - what a figure is measured with: the system, its yardsticks, how long and how often"""
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from process import wait_until
from system import System
from yardsticks import Pgbench

HOT_STREET = "bench-0"
QUIET_S = 120


@dataclass
class Bench:
    system: System
    runs: int
    milliseconds: int  # of one run
    warm_up: int
    commands: int  # one after the other, where latency is measured
    events: int  # that are read back
    streets: tuple[int, ...]  # how many streets there are, from the first to the last
    idle_s: int  # how long is looked at what takes processor time when idle
    idle_costs: dict[int, dict] = field(default_factory=dict)  # of so many streets, where nothing happens

    @cached_property
    def pgbench(self) -> Pgbench:
        return Pgbench(self.system)

    def load(self, what: str, **options) -> dict:
        result = self.system.load_with_costs(what, milliseconds=self.milliseconds, warm_up=self.warm_up, **options)
        self.settle()
        return result

    def settle(self):
        wait_until(self.system.is_quiet, QUIET_S, "services have followed what the load did")

    def yardstick(self, script: str) -> dict:
        return self.pgbench.rate(max(1, round(self.milliseconds / 1000)), script)

    @contextmanager
    def database_set(self, restart: bool = False, **settings) -> Iterator[None]:
        """Within, PostgreSQL runs with these settings; restart: they act only from its start on."""
        self.change([f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()], restart)
        try:
            yield
        finally:
            self.change([f"ALTER SYSTEM RESET {name}" for name in settings], restart)

    def change(self, statements: list[str], restart: bool):
        stack = self.system.stack
        for statement in statements:
            stack.psql(statement)
        if restart:
            stack.cluster("stop")
            stack.cluster("start")
            stack.wait_ready()
        else:
            stack.psql("SELECT pg_reload_conf()")
