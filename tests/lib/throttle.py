# SPDX-License-Identifier: Apache-2.0
"""throttle.py - a PostgreSQL that has only a part of the processors

All of its processes are stopped and go on again and again, as on a machine that is busy with something else. Needs no
control groups.
"""
import os
import signal
import threading
import time
from pathlib import Path

from stack import Stack

QUARTER_OF_ONE = 0.25 / (os.cpu_count() or 1)


def family_of(pid: int | None) -> list[int]:
    """A process and its children; none of None."""
    if not pid:
        return []
    family = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == pid:
            family.append(int(stat.parent.name))
    return family


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass  # it ended meanwhile


class Throttle(threading.Thread):
    """From now until end(). share: of all processors together."""

    def __init__(self, stack: Stack, share: float, period_s: float):
        super().__init__(daemon=True)
        self.stack, self.over = stack, threading.Event()
        self.goes_s, self.stands_s = period_s * share, period_s * (1 - share)
        self.start()

    def run(self) -> None:
        while not self.over.wait(self.goes_s):
            family = family_of(self.stack.postmaster_pid())
            signal_all(family, signal.SIGSTOP)
            time.sleep(self.stands_s)
            signal_all(family, signal.SIGCONT)

    def end(self) -> None:
        self.over.set()
        self.join()
