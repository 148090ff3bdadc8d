# SPDX-License-Identifier: Apache-2.0
"""followers.py - many who follow the hot street's journal beside what is measured"""
import json
from collections.abc import Iterator
from contextlib import contextmanager

from bench import Bench
from process import wait_until

CERTIFICATES = 64  # what a certificate may say at the event port has a rate; each of so many has 16 connections at most
DEAF = 1
PATIENCE_S = 60


def certificates(bench: Bench) -> list[str]:
    names = [f"follower{i}" for i in range(CERTIFICATES)]
    for name in names:
        bench.system.stack.make_certificate(name, "INTEGRATOR", "bench-0")
    return names


@contextmanager
def followers(bench: Bench, count: int) -> Iterator[dict]:
    """Within, so many follow at the first broker, one of which reads nothing. What they heard stands in the dict then."""
    stack, heard = bench.system.stack, {}
    path = stack.state / "followers.json"
    path.unlink(missing_ok=True)

    def lines() -> list[str]:
        return path.read_text(encoding="ascii").splitlines()
    stack.spawn("followers", bench.system.load_argv("followers", certificates(bench), count=count, deaf=DEAF),
                          output=path)
    try:
        wait_until(lines, PATIENCE_S, f"{count} followers are there")
        yield heard
    finally:
        stack.processes.pop("followers").stop()
    heard.update(json.loads(lines()[-1]))
