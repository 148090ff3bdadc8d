# SPDX-License-Identifier: Apache-2.0
"""processes.py - figures of the programs themselves: what they take when idle, how soon they are ready"""
import contextlib
import subprocess
import time
from collections.abc import Iterator

import machine
from bench import Bench
from measure import alternate, line, middle, spread
from system import System

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


@contextlib.contextmanager
def quiet_follower(system: System) -> Iterator[int]:
    """`jusha events --follow` on a street where nothing happens; its pid."""
    stack = system.stack
    argv = [stack.build / "ops/cli/jusha", "events", "--follow", "--street", "bench-0", "--brokers", stack.brokers,
            "--broker-key", stack.broker_key, "--certificate", stack.certificate("bench0")]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        try:
            time.sleep(SETTLE_S)
            yield process.pid
        finally:
            process.terminate()


def idle_costs(bench: Bench) -> dict:
    """Percent of a core and wake-ups a second of each program, while nobody asks for anything."""
    system = bench.system
    system.settle()
    with quiet_follower(system) as follower:
        pids = {name: process.pid for name, process in system.stack.processes.items()} | {"follower": follower}
        used, woken, began = system.cpu_us(), {name: machine.wake_ups(pid) for name, pid in pids.items()}, time.monotonic()
        of_follower = machine.cpu_us(follower)
        time.sleep(bench.idle_s)
        seconds = time.monotonic() - began
        percent = {name: (time_us - used[name]) / seconds / 1e4 for name, time_us in system.cpu_us().items()
                   if name != "load"}
        percent["follower"] = (machine.cpu_us(follower) - of_follower) / seconds / 1e4
        rate = {name: (machine.wake_ups(pid) - woken[name]) / seconds for name, pid in pids.items()}
    return {"percent": percent, "wake_ups": rate, "all": sum(percent.values())}


def note_idle(bench: Bench, count: int):
    """Streets never go: what so many cost is measured when there are no more yet, by whichever figure makes them."""
    bench.system.need_streets(count)
    if count not in bench.idle_costs:
        bench.idle_costs[count] = idle_costs(bench)


def idle(bench: Bench) -> dict:
    """What the last street count costs beside the first, with everything idle."""
    first, last = bench.streets[0], bench.streets[-1]
    for count in (first, last):
        note_idle(bench, count)
    few, many = bench.idle_costs[first], bench.idle_costs[last]
    return line("idle", many["all"] - few["all"], "% of a core", percent=many["percent"], percent_first=few["percent"],
                wake_ups_per_s=many["wake_ups"], most_wake_ups=max(many["wake_ups"].values()), streets=last)
