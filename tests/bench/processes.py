# SPDX-License-Identifier: Apache-2.0
"""processes.py - figures of the programs themselves: what they take when idle, how soon they are ready"""
import time

import machine
from bench import Bench
from measure import alternate, line, middle, spread

MIB = 1024 * 1024
SETTLE_S = 1.5  # the first heartbeats and housekeeping are over


def start_again(bench: Bench) -> dict:
    """All programs end and start at the same moment, beside a PostgreSQL that runs."""
    processes = bench.system.stack.processes.values()
    for process in reversed(processes):
        process.stop()
    started = time.monotonic()
    for process in processes:
        process.start()
    bench.system.stack.wait_ready()
    return {"seconds": time.monotonic() - started}


def ready_time(bench: Bench) -> dict:
    (results,) = alternate(bench.runs, lambda: start_again(bench))
    return line("ready_time", middle(results, "seconds"), "s", runs=bench.runs, spread=spread(results, "seconds"))


def memory(bench: Bench) -> dict[str, float]:
    """MiB of each process, a moment later."""
    time.sleep(SETTLE_S)
    return {name: machine.pss_bytes(process.pid) / MIB for name, process in bench.system.stack.processes.items()}


def memory_idle(bench: Bench) -> dict:
    """Just started; and idle again after some load, as a key beside."""
    start_again(bench)
    each = memory(bench)
    bench.system.need_streets(1)
    for what in ("commands", "queries"):
        bench.load(what)
    return line("memory_idle", sum(each.values()), "MiB", each_mib=each, after_load_mib=sum(memory(bench).values()))
