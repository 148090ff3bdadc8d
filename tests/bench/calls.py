# SPDX-License-Identifier: Apache-2.0
"""calls.py - figures of calls flat out: queries, commands, echoes"""
from functools import partial

from bench import Bench
from measure import alternate, compared, line, middle
from processes import note_idle
from yardsticks import broker_echo, proxy_echo


def queries_256_in_flight(bench: Bench) -> dict:
    bench.system.need_streets(1)
    return compared("queries_256_in_flight", bench.runs, lambda: bench.load("queries"), lambda: bench.yardstick("-S"))


def queries_16_in_flight(bench: Bench) -> dict:
    bench.system.need_streets(1)
    with proxy_echo(bench.system) as proxy:
        return compared("queries_16_in_flight", bench.runs, lambda: bench.load("queries", window=1),
                        lambda: bench.load("echo", brokers=proxy, window=1))


def commands(bench: Bench, name: str, streets: int) -> dict:
    bench.system.need_streets(streets)
    return compared(name, bench.runs, lambda: bench.load("commands", streets=streets), lambda: bench.yardstick("-N"))


def commands_16_streets(bench: Bench) -> dict:
    return commands(bench, "commands_16_streets", 16)


def commands_hot_street(bench: Bench) -> dict:
    return commands(bench, "commands_hot_street", 1)


def slow_disk(bench: Bench) -> dict:
    """Every flush of the WAL waits a millisecond more."""
    with bench.database_set(commit_delay=1000, commit_siblings=0):
        return commands(bench, "slow_disk", 1)


def echo(bench: Bench) -> dict:
    """One request under way on each of 16 connections; 16 on each as keys beside."""
    bench.system.need_streets(1)
    with proxy_echo(bench.system) as proxy, broker_echo(bench.system):
        ours, theirs = (middle(results, "rate") for results in
                        alternate(bench.runs, lambda: bench.load("echo"), lambda: bench.load("echo", brokers=proxy)))
        return compared("broker_echo", bench.runs, lambda: bench.load("echo", window=1),
                        lambda: bench.load("echo", brokers=proxy, window=1), rate_256=ours, ratio_256=ours / theirs)


def streets(bench: Bench) -> dict:
    """One request at a time, each for the next street; streets are added and never go, so runs cannot take turns."""
    p50_ms: dict[str, dict[int, float]] = {"looks": {}, "commands": {}}

    def settled(what: str, count: int) -> dict:
        bench.system.settle()  # or the followers of what was made before are measured
        return bench.load(what, streets=count, clients=1, window=1)

    for count in bench.streets:
        bench.system.need_streets(count)
        if count in (bench.streets[0], bench.streets[-1]):
            note_idle(bench, count)
        results = alternate(bench.runs, *(partial(settled, what, count) for what in p50_ms))
        for what, result in zip(p50_ms, results):
            p50_ms[what][count] = middle(result, "p50_us") / 1000
    first, last = bench.streets[0], bench.streets[-1]
    queries, commanded = p50_ms["looks"], p50_ms["commands"]
    return line("streets", queries[last], "ms", queries[first], command_ratio=commanded[last] / commanded[first],
                queries_p50_ms=queries, commands_p50_ms=commanded, runs=bench.runs)
