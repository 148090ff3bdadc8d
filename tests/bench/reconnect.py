# SPDX-License-Identifier: Apache-2.0
"""reconnect.py - how soon all services can work again when PostgreSQL was restarted, be it slow"""
import time

from bench import Bench
from measure import alternate, line, middle, spread
from process import wait_until
from stack import Stack
from throttle import QUARTER_OF_ONE, Throttle

PERIOD_S, NOTICED_S, GIVE_UP_S = 0.1, 30, 120


def each_says(stack: Stack, status: int) -> bool:
    return all(stack.processes[name].get("/readyz")[0] == status for name in stack.service_names())


def restart(stack: Stack, share: float) -> dict:
    """Seconds from where PostgreSQL is ready, which has this share of the processors, until each service is."""
    stack.cluster("stop")
    throttle = None
    try:
        wait_until(lambda: each_says(stack, 503), NOTICED_S, "all services say that it is away")
        throttle = Throttle(stack, share, PERIOD_S) if share < 1 else None
        stack.cluster("start")
        began = time.monotonic()
        wait_until(lambda: each_says(stack, 200), GIVE_UP_S, "all services are ready")
        return {"seconds": time.monotonic() - began}
    finally:
        if throttle:
            throttle.end()
        stack.cluster("start")  # whatever happened: other figures need it


def reconnect(bench: Bench) -> dict:
    """Plainly; and on a quarter of a processor, as keys beside."""
    stack = bench.system.stack
    bench.system.need_streets(1)
    plain, slow = alternate(bench.runs, lambda: restart(stack, 1), lambda: restart(stack, QUARTER_OF_ONE))
    stack.wait_ready()
    return line("reconnect", middle(plain, "seconds"), "s", slow_s=middle(slow, "seconds"),
                slow_most_s=max(result["seconds"] for result in slow), runs=bench.runs, spread=spread(plain, "seconds"))
