# SPDX-License-Identifier: Apache-2.0
"""per_street.py - what a quiet street feels of a busy one, with and without workers of the busy one's own

The busy street gets commands at half the rate of what it can do alone (commands_hot_street, measured in the same run);
the quiet one a command now and then. The same three times: the quiet one alone, both in the pool, and the busy one with a
registry that serves it alone, at the lower priority that ops/docker/scale gives it, too.
"""
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from bench import HOT_STREET, Bench
from measure import alternate, line, middle, spread

QUIET, QUIET_STREET, QUIET_RATE = "quiet", 1, 100  # certificate, number of its street, commands a second
PART = 0.5
CONNECT_MS = 500  # then the busy street's callers are there
OWN, OWN_NICE = "registry_own", 5


@contextmanager
def own_registry(bench: Bench) -> Iterator[None]:
    """Within, the busy street has a registry that serves nobody else."""
    stack = bench.system.stack
    stack.options[OWN] = [f"--streets={HOT_STREET}"]
    stack.spawn(OWN, stack.service_argv(OWN), prefix=["nice", "-n", str(OWN_NICE)]).ready()
    try:
        yield
    finally:
        stack.processes.pop(OWN).stop()


def asked(bench: Bench, busy_rate: float) -> dict:
    """How long the quiet street's callers waited, beside so many commands a second of the busy one."""
    with ThreadPoolExecutor() as beside:
        busy = None
        if busy_rate:
            busy = beside.submit(bench.system.load, "commands", rate=round(busy_rate), warm_up=bench.warm_up,
                                 milliseconds=bench.milliseconds + CONNECT_MS)
        quiet = bench.system.load("commands", [QUIET], first=QUIET_STREET, clients=1, window=1, rate=QUIET_RATE,
                                  warm_up=bench.warm_up, milliseconds=bench.milliseconds, delay=CONNECT_MS)
        result = quiet | {"busy_rate": busy.result()["rate"] if busy else 0}
    bench.settle()
    return result


def asked_beside_own(bench: Bench, busy_rate: float) -> dict:
    with own_registry(bench):
        return asked(bench, busy_rate)


def per_street(bench: Bench) -> dict:
    bench.system.need_streets(QUIET_STREET + 1)
    bench.system.stack.make_certificate(QUIET, "STREET_STAFF", f"bench-{QUIET_STREET}")
    rate = PART * bench.load("commands")["rate"]
    alone, pool, own = alternate(bench.runs, lambda: asked(bench, 0), lambda: asked(bench, rate),
                                 lambda: asked_beside_own(bench, rate))
    ms = {(key, name): middle(results, f"{key}_us") / 1000 for key in ("p50", "p99")
          for name, results in (("alone", alone), ("pool", pool), ("own", own))}
    ratios = {f"{name}_{key}_ratio": ms[key, name] / ms[key, "alone"] for key in ("p50", "p99") for name in ("own", "pool")}
    return line("per_street", ms["p50", "own"], "ms", ms["p50", "alone"], **ratios,
                **{f"{name}_{key}_ms": value for (key, name), value in ms.items()},
                busy_rate=middle(own, "busy_rate"), wanted_rate=rate, runs=bench.runs, spread=spread(own, "p50_us"))
