# SPDX-License-Identifier: Apache-2.0
"""followers.py - many who follow the hot street's journal beside what is measured"""
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
def followers(bench: Bench, count: int) -> Iterator[None]:
    """Within, so many follow at the first broker, one of which reads nothing."""
    stack = bench.system.stack
    told = stack.state / "followers.txt"
    told.unlink(missing_ok=True)
    stack.spawn("followers", bench.system.load_argv("followers", certificates(bench), count=count, deaf=DEAF), output=told)
    try:
        wait_until(lambda: told.stat().st_size > 0, PATIENCE_S, f"{count} followers are there")
        yield
    finally:
        stack.processes.pop("followers").stop()


def delivered_and_lost(bench: Bench) -> tuple[float, float]:
    """Events so far that the first broker gave to followers, each follower counted; those that one did not get."""
    metrics = bench.system.stack.processes["broker_1"].metrics()
    return metrics["jusha_broker_events_delivered_total"], metrics["jusha_broker_events_lost_total"]
