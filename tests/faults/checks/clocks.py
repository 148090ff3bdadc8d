# SPDX-License-Identifier: Apache-2.0
"""clocks.py - a process with a wrong clock harms nobody: it refuses no request for its age, and writes no event

Callers go by the machine's clock, so that only a wrong clock can hold a request for too old or of the future. While all
clocks leap together (surroundings.py: LEAPING) that is as it should be; but nothing final may come of it by itself: nothing
of what the clients plan begins while the run lasts.
"""
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from checks.facts import Event, journals, requests

APART = timedelta(seconds=2 * 60)  # each of two processes may be off by one minute
LEAPT = timedelta(days=1)  # what is farther from the run's beginning is of a leap
LEAPING = ("set all clocks wrong and right", "suspend the machine")
LATE_S = 20  # until a request of before a leap, or of within it, is answered
BY_ITSELF = ("ACTIVITY_ACTION_START", "ACTIVITY_ACTION_COMPLETE")


def check_clocks(run) -> list[str]:
    leaps = list(leaps_of(run))
    refused = [f"{request}: refused for its age" for request in requests(run).values() for one in request.ended("fail")
               if (one.answer.get("field"), one.answer.get("rule")) == ("request_id", "age")
               and not any(begin <= one.ended and one.asked <= end for begin, end in leaps)]
    return refused + too_early(run) + [f"{later} has an earlier time ({later.time}) than {earlier} ({earlier.time})"
                                       for events in journals(run).values()
                                       for earlier, later in pairwise(filter(lambda one: is_near(run, one), events))
                                       if moment(earlier) - moment(later) > APART]


def leaps_of(run) -> Iterator[tuple[float, float]]:
    """From when until when all clocks were wrong."""
    begun: dict[str, float] = {}
    for line in run.history:
        if line.get("name") in LEAPING and line["what"] == "fault":
            begun[line["name"]] = line["t"]
        elif line.get("name") in LEAPING and line["what"] == "gone":
            yield begun.pop(line["name"], line["t"]), line["t"] + LATE_S
    yield from ((begin, float("inf")) for begin in begun.values())


def is_near(run, event: Event) -> bool:
    return abs(moment(event) - datetime.fromtimestamp(run.began, timezone.utc)) < LEAPT


def too_early(run) -> list[str]:
    return [f"{event}: {event.data['action']} before its time" for (service, _), events in journals(run).items()
            if service == "scheduling" for event in events
            if event.type == "ActivityChanged" and event.data.get("action") in BY_ITSELF]


def moment(event: Event) -> datetime:
    return datetime.fromisoformat(event.time)
