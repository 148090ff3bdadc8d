# SPDX-License-Identifier: Apache-2.0
"""figures.py - the figures, a row each: name, goal, how it is measured

Names are those of their functions' lines. A goal speaks of the keys of that line; ops/doc/performance.md says what
each figure means.
"""
from collections.abc import Callable
from dataclasses import dataclass

import calls
import crowd
import events
import per_street
import processes
import reconnect
import rush
from bench import Bench


@dataclass
class Figure:
    name: str
    goal: str  # "KEY >= NUMBER" or "KEY <= NUMBER", more of them with "and"
    measure: Callable[[Bench], dict]


CROWD_GOAL = "ratio <= 1.5 and same_ratio <= 3"

FIGURES = (
    Figure("queries_256_in_flight", "ratio >= 0.5", calls.queries_256_in_flight),
    Figure("queries_16_in_flight", "ratio >= 0.6", calls.queries_16_in_flight),
    Figure("commands_16_streets", "ratio >= 1", calls.commands_16_streets),
    Figure("commands_hot_street", "ratio >= 1", calls.commands_hot_street),
    Figure("broker_echo", "ratio >= 0.7", calls.echo),
    Figure("event_latency_1", "p50_ms <= 0.8 and p99_ms <= 3 and ratio <= 1", events.event_latency_1),
    Figure("event_latency_100", "value <= 3", events.event_latency_100),
    Figure("event_latency_1000", "value <= 20", events.event_latency_1000),
    Figure("event_full_load", "ratio >= 0.9 and lag_max_ms <= 1000", events.event_full_load),
    Figure("event_full_load_100", "heard >= 0.99 and lag_max_ms <= 1000", events.event_full_load_100),
    Figure("event_full_load_1000", "heard >= 0.99 and lag_max_ms <= 2000", events.event_full_load_1000),
    Figure("replay", "value >= 100000", events.replay),
    Figure("signup_rush", "exact >= 1 and value <= 1.5", rush.signup_rush),
    Figure("slow_disk", "value >= 5000", calls.slow_disk),
    Figure("crowd", CROWD_GOAL, crowd.crowd_commands),
    Figure("crowd_queries", CROWD_GOAL, crowd.crowd_queries),
    Figure("crowd_volunteer", CROWD_GOAL, crowd.crowd_volunteer),
    Figure("per_street", "own_p50_ratio <= 1.3 and own_p99_ratio <= 2", per_street.per_street),
    Figure("memory_idle", "value <= 64", processes.memory_idle),
    Figure("ready_time", "value <= 2", processes.ready_time),
    Figure("reconnect", "value <= 10 and slow_most_s <= 10", reconnect.reconnect),
    Figure("streets", "ratio <= 1.3 and command_ratio <= 1.3", calls.streets),
    Figure("idle", "value <= 2 and most_wake_ups <= 200", processes.idle),
)


def holds(measured: dict, condition: str) -> bool:
    key, relation, limit = condition.split()
    return measured[key] >= float(limit) if relation == ">=" else measured[key] <= float(limit)


def run(figure: Figure, bench: Bench) -> dict:
    measured = figure.measure(bench)
    met = all(holds(measured, condition) for condition in figure.goal.split(" and "))
    return measured | {"goal": figure.goal, "met": met}
