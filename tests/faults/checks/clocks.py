# SPDX-License-Identifier: Apache-2.0
"""clocks.py - a process with a wrong clock harms nobody: it refuses no request for its age, and writes no event

All callers go by the machine's clock, so that only a wrong clock can hold a request for too old or of the future.
"""
from datetime import datetime, timedelta
from itertools import pairwise

from checks.facts import Event, journals, requests

APART = timedelta(seconds=2 * 60)  # each of two processes may be off by one minute


def check_clocks(run) -> list[str]:
    refused = [f"{request}: refused for its age" for request in requests(run).values() for one in request.ended("fail")
               if (one.answer.get("field"), one.answer.get("rule")) == ("request_id", "age")]
    return refused + [f"{later} has an earlier time ({later.time}) than {earlier} ({earlier.time})"
                      for events in journals(run).values() for earlier, later in pairwise(events)
                      if moment(earlier) - moment(later) > APART]


def moment(event: Event) -> datetime:
    return datetime.fromisoformat(event.time)
