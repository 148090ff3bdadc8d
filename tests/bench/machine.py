# SPDX-License-Identifier: Apache-2.0
"""machine.py - what the machine does beside us, and what our processes take of it; read from /proc"""
import os
import time
from pathlib import Path

IDLE_SHARE = 0.05  # of all cores that others may use while figures are compared
SAMPLE_S = 2.0


def cpu_ticks() -> tuple[int, int]:
    """(busy, all) since the machine started."""
    user, nice, system, idle, iowait, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    busy = user + nice + system + irq + softirq + steal
    return busy, busy + idle + iowait


def busy_share(seconds: float = SAMPLE_S) -> float:
    """Share of all cores that was in use over the next `seconds`."""
    busy, total = cpu_ticks()
    time.sleep(seconds)
    busy_then, total_then = cpu_ticks()
    return (busy_then - busy) / max(1, total_then - total)


def why_not_idle(seconds: float = SAMPLE_S) -> str:
    """Empty when the machine is idle enough for figures to mean something."""
    share = busy_share(seconds)
    if share <= IDLE_SHARE:
        return ""
    return (f"the machine is not idle: others use {share:.0%} of {os.cpu_count()} cores (limit {IDLE_SHARE:.0%}),"
            f" load average {os.getloadavg()[0]:.2f}")


def stat(pid: int | str) -> list[str]:
    """Fields of /proc/PID/stat behind the name: [1] is the parent, from [11] on ticks: user, kernel, of ended children
    both."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def microseconds(ticks: list[str]) -> float:
    return sum(map(int, ticks)) * 1e6 / os.sysconf("SC_CLK_TCK")


def cpu_us(pid: int) -> float:
    """Processor time of a process with its threads."""
    return microseconds(stat(pid)[11:13])


def family_cpu_us(parent: int) -> float:
    """The same of a process and its children, those that ended too."""
    while True:
        before, total = stat(parent)[13:15], 0.0
        for path in Path("/proc").glob("[0-9]*"):
            try:
                fields = stat(path.name)
            except OSError:  # it ended meanwhile
                continue
            if fields[1] == str(parent):
                total += microseconds(fields[11:13])
        own = stat(parent)[11:15]
        if own[2:] == before:  # else a child ended while we looked: it may be counted twice, or not at all
            return total + microseconds(own)


def pss_bytes(pid: int) -> int:
    """Memory of a process, shared pages divided among those who share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no Pss of process {pid}")


def wake_ups(pid: int) -> int:
    """How often the threads of a process gave up the processor of themselves so far: each waited, and then went on."""
    total = 0
    for path in Path(f"/proc/{pid}/task").glob("*/status"):
        for row in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if row.startswith("voluntary_ctxt_switches:"):
                total += int(row.split()[1])
    return total
