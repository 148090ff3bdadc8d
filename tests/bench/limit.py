# SPDX-License-Identifier: Apache-2.0
"""limit.py - a control group that gives what runs in it a part of one core

Needs root and a cpu controller (cgroup v1 or v2). Without them the lowest priority has to do, which holds nobody back
while a core is idle: whoever uses it says so.
"""
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
PERIOD_US = 10000  # short, so that pauses are no longer than a few requests


def make_v1(name: str, quota_us: int) -> Path:
    group = next(path for path in (MOUNT / "cpu", MOUNT / "cpu,cpuacct") if path.is_dir()) / name
    group.mkdir(exist_ok=True)
    (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
    (group / "cpu.cfs_quota_us").write_text(str(quota_us))
    return group


def make_v2(name: str, quota_us: int) -> Path:
    (MOUNT / "cgroup.subtree_control").write_text("+cpu")
    group = MOUNT / name
    group.mkdir(exist_ok=True)
    (group / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
    return group


def make(name: str, quota_us: int) -> Path | None:
    is_v2 = (MOUNT / "cgroup.controllers").exists()
    try:
        return make_v2(name, quota_us) if is_v2 else make_v1(name, quota_us)
    except (OSError, StopIteration):
        return None


@contextmanager
def part_of_a_core(name: str, part: float) -> Iterator[tuple[list[str], bool]]:
    """Within: what stands before a program's arguments so that it and its children have no more than that together;
    and whether that is so. name: of the group."""
    group = make(name, round(part * PERIOD_US))
    if not group:
        yield ["nice", "-n", "19"], False
        return
    try:
        yield ["sh", "-c", 'echo $$ >"$0" && exec "$@"', str(group / "cgroup.procs")], True
    finally:
        group.rmdir()
