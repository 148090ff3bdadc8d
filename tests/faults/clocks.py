# SPDX-License-Identifier: Apache-2.0
"""clocks.py - programs whose wall clocks the test sets, by libfaketime

The library is preloaded and reads the offset from a file, at most a second old. Only the wall clock is changed: the
monotonic one, by which everything waits, goes on as it does when somebody sets a machine's time, or suspends it.

A few processes have a clock of their own; where the whole system leaps, PostgreSQL, all other processes and the callers
have one together.
"""
import os
from pathlib import Path

import bus
from process import Process
from stack import Stack

LIBRARIES = ("usr/lib/*/faketime/libfaketimeMT.so.1", "usr/lib64/faketime/libfaketimeMT.so.1")
CACHE_SECONDS = 1  # the file is read again after so long
CLOCKED = ("registry_1", "scheduling_1", "broker_1")  # their twins go by the machine's clock


def library() -> str:
    """Empty where the package libfaketime is not installed."""
    return next((str(path) for pattern in LIBRARIES for path in Path("/").glob(pattern)), "")


class Clock:
    def __init__(self, file: Path):
        self.file = file
        self.set(0)

    @property
    def env(self) -> dict[str, str]:
        """For the program that goes by this clock."""
        return {"LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": str(self.file),
                "FAKETIME_CACHE_DURATION": str(CACHE_SECONDS), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # it would end waits by the monotonic clock at once
                "NO_FAKE_STAT": "1"}

    def set(self, offset_seconds: float) -> None:
        """Seconds ahead of the machine's clock; never seen half written."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{offset_seconds:+f}\n", encoding="ascii")
        new.chmod(0o644)  # PostgreSQL's user reads it
        os.replace(new, self.file)


class ClockedStack(Stack):
    """A system some of whose processes have a clock of their own."""

    def __init__(self, *args, leaps: bool = False, **options):
        """leaps: all others have one together, so that leap() can be asked for."""
        super().__init__(*args, **options)
        self.leaps, self.clocks, self.common = leaps, {}, None

    def program(self, path: str) -> str:
        """With crash points and planted bugs: planted/meson.build."""
        return str(self.build / "tests/faults/planted" / Path(path).name)

    def prepare(self) -> None:
        super().prepare()
        if not library():
            return
        self.clocks = {name: Clock(self.state / f"clock.{name}") for name in CLOCKED}
        if self.leaps:
            self.common = Clock(self.state / "clock.common")
            self.ops_env = {"JUSHA_POSTGRES_ENV": " ".join(f"{name}={value}" for name, value in self.common.env.items())}
            self.cluster("stop")
            self.cluster("start")

    def leap(self, offset_seconds: float) -> None:
        """All clocks at once, callers' too, to so many seconds ahead of the machine's."""
        for clock in (*self.clocks.values(), self.common):
            clock.set(offset_seconds)
        bus.clock_ahead_s = offset_seconds

    def spawn(self, name: str, argv: list, env: dict[str, str] | None = None, prefix: list[str] | None = None,
              output: Path | None = None) -> Process:
        clock = self.clocks.get(name) or self.common
        return super().spawn(name, argv, (env or {}) | (clock.env if clock else {}), prefix, output)
