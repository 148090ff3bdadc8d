# SPDX-License-Identifier: Apache-2.0
"""crowd.py - what others feel when one certificate asks for more than it may have

The crowd: CLIENTS connections of one certificate with WINDOW open requests on each, a refused one asked again at once; it has
half a core, as it would be another machine. Beside it two others ask one at a time: one of the same street, one of another.
Everybody uses the second broker, where roles have their rates.
"""
from concurrent.futures import Future, ThreadPoolExecutor

from bench import Bench
from limit import part_of_a_core
from measure import alternate, line, middle, spread

CLIENTS, WINDOW = 5, 256
PART_OF_A_CORE = 0.5
CONNECT_MS = 500  # then the crowd is there
OTHERS = {"same": 0, "other": 1}  # certificate: number of its street
STAFF, VOLUNTEER = "crowd", "volunteer"


def make_certificates(bench: Bench):
    bench.system.need_streets(len(OTHERS))
    stack = bench.system.stack
    for name, street in OTHERS.items():
        stack.make_certificate(name, "STREET_STAFF", f"bench-{street}")
    stack.make_certificate(STAFF, "STREET_STAFF", "bench-0")
    stack.make_certificate(VOLUNTEER, "VOLUNTEER", "bench-0")


def asked(bench: Bench, what: str, crowd: str | None = None, prefix: list[str] | None = None) -> dict:
    """How long others waited; crowd: beside this certificate's."""
    def start(certificate: str, **options) -> Future:
        options = {"warm_up": bench.warm_up, "milliseconds": bench.milliseconds, "clients": 1, "window": 1} | options
        return beside.submit(bench.system.load, what, [certificate], brokers=bench.system.stack.brokers.split(",")[1],
                             **options)

    with ThreadPoolExecutor() as beside:
        if crowd:
            crowding = start(crowd, prefix=prefix, clients=CLIENTS, window=WINDOW, may_be_refused="true",
                             milliseconds=CONNECT_MS + bench.milliseconds)
        asking = {name: start(name, first=street, delay=CONNECT_MS) for name, street in OTHERS.items()}
        result = {name: future.result()["p50_us"] for name, future in asking.items()}
        if crowd:
            told = crowding.result()
            result |= {"crowd_rate": told["rate"], "crowd_refused": told["refused"]}
    bench.settle()
    return result


def figure(bench: Bench, name: str, what: str, crowd: str) -> dict:
    make_certificates(bench)
    with part_of_a_core(bench.system.stack.state.name, PART_OF_A_CORE) as (prefix, limited):
        alone, crowded = alternate(bench.runs, lambda: asked(bench, what),
                                   lambda: asked(bench, what, crowd, prefix))
    ms = {key: (middle(crowded, key) / 1000, middle(alone, key) / 1000) for key in OTHERS}
    return line(name, ms["other"][0], "ms", ms["other"][1], same_ratio=ms["same"][0] / ms["same"][1],
                same_p50_ms=ms["same"][0], same_alone_p50_ms=ms["same"][1], crowd_rate=middle(crowded, "crowd_rate"),
                crowd_refused=middle(crowded, "crowd_refused"), limited=limited, runs=bench.runs,
                spread=spread(crowded, "other"))


def crowd_commands(bench: Bench) -> dict:
    return figure(bench, "crowd", "commands", STAFF)


def crowd_queries(bench: Bench) -> dict:
    return figure(bench, "crowd_queries", "looks", STAFF)


def crowd_volunteer(bench: Bench) -> dict:
    """Nearly all of it is beyond the rate of a volunteer."""
    return figure(bench, "crowd_volunteer", "looks", VOLUNTEER)
