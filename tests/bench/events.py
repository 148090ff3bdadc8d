# SPDX-License-Identifier: Apache-2.0
"""events.py - figures of events: how soon, how many, how fast again"""
from concurrent.futures import ThreadPoolExecutor

from bench import HOT_STREET, Bench
from followers import delivered_and_lost, followers
from measure import alternate, line, middle, spread
from yardsticks import outbox, redis_server

CONNECT_MS = 1500  # a subscriber is there after a heartbeat
DRAIN_MS = 1000  # what is left after the load comes within this
PAUSE_MS = 10  # what services do about a command is over by then
STEP_LIMIT = 200  # of loads that fill a journal


def event_latency_1(bench: Bench) -> dict:
    """From commit to subscriber: a command every PAUSE_MS, and without a pause, while services still follow what the
    one before did. Both sides take the commit's moment from PostgreSQL, which must be told to keep it."""
    system, count = bench.system, bench.commands
    system.need_streets(1)
    with bench.database_set(restart=True, track_commit_timestamp="on"), redis_server(system) as redis:
        def own(pause_ms: int) -> dict:
            return system.load("latency", count=count, pause=pause_ms, database=system.stack.conninfo("postgres"))

        ours, theirs, ours_in_a_row, theirs_in_a_row = alternate(
            bench.runs, lambda: own(PAUSE_MS), lambda: outbox(system, redis, count, PAUSE_MS),
            lambda: own(0), lambda: outbox(system, redis, count, 0))

    def ms(results: list[dict], part: str, key: str) -> float:
        return middle([result[part] for result in results], key) / 1000
    mine = [result["commit_to_event"] for result in ours]
    return line("event_latency_1", ms(ours, "commit_to_event", "p50_us"), "ms", ms(theirs, "commit_to_event", "p50_us"),
                p50_ms=ms(ours, "commit_to_event", "p50_us"), p99_ms=ms(ours, "commit_to_event", "p99_us"),
                yardstick_p99_ms=ms(theirs, "commit_to_event", "p99_us"),
                request_to_event_p50_ms=ms(ours, "request_to_event", "p50_us"),
                in_a_row_p50_ms=ms(ours_in_a_row, "commit_to_event", "p50_us"),
                yardstick_in_a_row_p50_ms=ms(theirs_in_a_row, "commit_to_event", "p50_us"),
                runs=bench.runs, spread=spread(mine, "p50_us"))


def event_latency_among(bench: Bench, name: str, others: int) -> dict:
    """The same at one broker, without and then with so many other followers there, of which one reads nothing."""
    system, count = bench.system, bench.commands // 2
    system.need_streets(1)

    def latency() -> dict:
        return system.load("latency", count=count, pause=PAUSE_MS, database=system.stack.conninfo("postgres"),
                           brokers=system.stack.brokers.split(",")[0])["commit_to_event"]

    with bench.database_set(restart=True, track_commit_timestamp="on"):
        (alone,) = alternate(bench.runs, latency)
        with followers(bench, others):
            (among,) = alternate(bench.runs, latency)
    return line(name, middle(among, "p50_us") / 1000, "ms", middle(alone, "p50_us") / 1000,
                p99_ms=middle(among, "p99_us") / 1000, alone_p99_ms=middle(alone, "p99_us") / 1000, runs=bench.runs,
                spread=spread(among, "p50_us"))


def event_latency_100(bench: Bench) -> dict:
    return event_latency_among(bench, "event_latency_100", 99)


def event_latency_1000(bench: Bench) -> dict:
    return event_latency_among(bench, "event_latency_1000", 999)


def followed_load(bench: Bench) -> dict:
    """Commands of one street flat out, and a subscriber beside them."""
    length = CONNECT_MS + bench.warm_up + bench.milliseconds
    with ThreadPoolExecutor() as beside:
        following = beside.submit(bench.system.load, "follow", milliseconds=length + DRAIN_MS)
        commanding = bench.load("commands", delay=CONNECT_MS)
        return {"commands": commanding["rate"], "answers": commanding["answers"], **following.result()}


def event_full_load(bench: Bench) -> dict:
    bench.system.need_streets(1)
    (results,) = alternate(bench.runs, lambda: followed_load(bench))
    return line("event_full_load", middle(results, "rate"), "1/s", middle(results, "commands"),
                lag_p50_ms=middle(results, "p50_us") / 1000, lag_max_ms=middle(results, "max_us") / 1000,
                runs=bench.runs, spread=spread(results, "rate"))


def event_full_load_among(bench: Bench, name: str, others: int) -> dict:
    """The same among so many other followers, of which one reads nothing: what reaches all of them together."""
    def counted_load() -> dict:
        before = delivered_and_lost(bench)
        result = followed_load(bench)
        delivered, lost = (now - then for now, then in zip(delivered_and_lost(bench), before))
        seconds = result["count"] / result["rate"]
        return result | {"delivered": delivered / seconds, "lost": lost / (delivered + lost),
                         "heard": result["count"] / result["answers"]}

    bench.system.need_streets(1)
    (alone,) = alternate(bench.runs, lambda: followed_load(bench))
    with followers(bench, others):
        (among,) = alternate(bench.runs, counted_load)
    return line(name, middle(among, "delivered"), "1/s", lost=middle(among, "lost"), heard=middle(among, "heard"),
                lag_p50_ms=middle(among, "p50_us") / 1000, lag_max_ms=middle(among, "max_us") / 1000,
                commands=middle(among, "commands"),
                commands_ratio=middle(among, "commands") / middle(alone, "commands"), runs=bench.runs,
                spread=spread(among, "delivered"))


def event_full_load_100(bench: Bench) -> dict:
    return event_full_load_among(bench, "event_full_load_100", 99)


def event_full_load_1000(bench: Bench) -> dict:
    return event_full_load_among(bench, "event_full_load_1000", 999)


def head(bench: Bench) -> int:
    rows = bench.system.stack.psql(f"SELECT max(seq) AS seq FROM registry.journal WHERE street = '{HOT_STREET}'")
    return int(rows[0]["seq"])


def fill(bench: Bench) -> int:
    """Commands until the hot street has so many events; its head."""
    for _ in range(STEP_LIMIT):
        if head(bench) >= bench.events:
            break
        bench.load("commands")
    return min(head(bench), bench.events)


def replay(bench: Bench) -> dict:
    bench.system.need_streets(1)
    count = fill(bench)
    (results,) = alternate(bench.runs, lambda: bench.system.load("replay", count=count))
    return line("replay", middle(results, "rate"), "1/s", events=count, runs=bench.runs, spread=spread(results, "rate"))
