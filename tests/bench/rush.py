# SPDX-License-Identifier: Apache-2.0
"""rush.py - signup_rush: 2,000 people want 500 places of one occurrence, all at the same moment"""
import datetime
import json

from bench import HOT_STREET, Bench
from measure import alternate, line, middle, spread
from process import wait_until
from system import CALLERS

PEOPLE, PLACES = 2000, 500
PATIENCE_S = 60


def call(bench: Bench, method: str, request: dict) -> dict:
    stack = bench.system.stack
    return json.loads(stack.jusha("call", method, json.dumps(request), certificate=CALLERS[0], street=HOT_STREET))


def publish(bench: Bench) -> str:
    """A fresh activity; the id of its only occurrence."""
    tomorrow = datetime.date.today() + datetime.timedelta(days=2)
    activity = call(bench, "CreateActivity", {"activity": {
        "title": "Fair", "kind": "VOLUNTEER_SERVICE", "capacity": PLACES, "waitlist": PEOPLE,
        "schedule": {"firstStartLocal": f"{tomorrow}T09:00:00", "durationMinutes": 120}}})["activity"]
    one = {"activityId": activity["activityId"]}
    call(bench, "ChangeActivity", one | {"action": "PUBLISH", "revision": activity["revision"]})
    return call(bench, "ListOccurrences", one)["occurrences"][0]["occurrenceId"]


def is_exact(bench: Bench, occurrence: str) -> bool:
    """The table says 500 have a place, everybody else waits, and no two on the same place of the waitlist."""
    rows = bench.system.stack.psql(
        "SELECT count(*) FILTER (WHERE status = 'SIGNED_UP') AS signed_up,"
        " count(*) FILTER (WHERE status = 'WAITING') AS waiting,"
        " count(DISTINCT place) FILTER (WHERE status = 'WAITING') AS places, count(DISTINCT person_id) AS people"
        f" FROM scheduling.sign_up WHERE street = '{HOT_STREET}' AND occurrence_id = '{occurrence}'")
    waiting = PEOPLE - PLACES
    return [int(number) for number in rows[0].values()] == [PLACES, waiting, waiting, PEOPLE]


def rush(bench: Bench) -> dict:
    system, occurrence = bench.system, publish(bench)
    result = system.load("rush", count=PEOPLE, occurrence=occurrence, database=system.stack.conninfo("postgres"))
    told = result["signed_up"] == PLACES and result["waiting"] == PEOPLE - PLACES
    return result | {"exact": told and is_exact(bench, occurrence)}


def people_known(bench: Bench) -> int:
    rows = bench.system.stack.psql(f"SELECT count(*) AS people FROM scheduling.person WHERE street = '{HOT_STREET}'")
    return int(rows[0]["people"])


def signup_rush(bench: Bench) -> dict:
    bench.system.need_streets(1)
    bench.system.load("people", count=PEOPLE)
    wait_until(lambda: people_known(bench) >= PEOPLE, PATIENCE_S, "scheduling knows everybody")
    (results,) = alternate(bench.runs, lambda: rush(bench))
    return line("signup_rush", middle(results, "seconds"), "s", exact=all(result["exact"] for result in results),
                p50_ms=middle(results, "p50_us") / 1000, max_ms=middle(results, "max_us") / 1000,
                runs=bench.runs, spread=spread(results, "seconds"))
