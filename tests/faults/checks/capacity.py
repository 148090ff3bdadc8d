# SPDX-License-Identifier: Apache-2.0
"""capacity.py - no occurrence takes more people than it holds, and who waits is served in the order of coming

The sign-ups of each occurrence are counted along the journal and compared with the counters that events carry, with the
rules of the waitlist, and in the end with the rows.
"""
from collections import Counter
from dataclasses import dataclass, field

from checks.facts import Event, journals


@dataclass
class Crowd:
    """One occurrence, as the journal has told of it so far."""
    capacity: int = 0
    cancelled: bool = False
    taken: dict[str, str] = field(default_factory=dict)  # sign-up -> person
    waiting: dict[str, str] = field(default_factory=dict)  # the same, in the order of coming


def check_capacity(run) -> list[str]:
    return [wrong for street in run.streets for wrong in along_journal(run, street)]


def along_journal(run, street: str) -> list[str]:
    crowds: dict[str, Crowd] = {}
    wrong = []
    for event in journals(run).get(("scheduling", street), []):
        if event.type not in STEPS and not event.type.startswith("Occurrence"):
            continue
        data = event.data
        crowd = crowds.setdefault(data["occurrence"]["occurrenceId"], Crowd())
        crowd.capacity = data["occurrence"].get("capacity", 0)
        crowd.cancelled = crowd.cancelled or event.type == "OccurrenceCancelled"
        if event.type in STEPS:
            wrong += [f"{event} of occurrence {data['occurrence']['occurrenceId']}: {what}"
                      for what in step(event, crowd, data)]
    return wrong + in_the_end(run, street, crowds)


def step(event: Event, crowd: Crowd, data: dict) -> list[str]:
    sign_up, person = data["signUp"]["signUpId"], data["signUp"]["personId"]
    wrong = STEPS[event.type](crowd, sign_up, person)
    if len(crowd.taken) > crowd.capacity:
        wrong.append(f"{len(crowd.taken)} people have a place, and it holds {crowd.capacity}")
    counted = len(crowd.taken), len(crowd.waiting)
    said = data["occurrence"].get("taken", 0), data["occurrence"].get("waiting", 0)
    if counted != said:
        wrong.append(f"it says {said[0]} taken and {said[1]} waiting, the journal counts {counted[0]} and {counted[1]}")
    twice = [one for one, times in Counter([*crowd.taken.values(), *crowd.waiting.values()]).items() if times > 1]
    return wrong + [f"person {one} is there twice" for one in twice]


def signed_up(crowd: Crowd, sign_up: str, person: str) -> list[str]:
    wrong = [f"sign-up {sign_up} passes {len(crowd.waiting)} who wait"] if crowd.waiting else []
    crowd.taken[sign_up] = person
    return wrong


def waitlisted(crowd: Crowd, sign_up: str, person: str) -> list[str]:
    wrong = [f"sign-up {sign_up} waits, though a place is free"] if len(crowd.taken) < crowd.capacity else []
    crowd.waiting[sign_up] = person
    return wrong


def promoted(crowd: Crowd, sign_up: str, person: str) -> list[str]:
    first = next(iter(crowd.waiting), "nobody")
    crowd.waiting.pop(sign_up, None)
    crowd.taken[sign_up] = person
    return [f"sign-up {sign_up} is promoted, the first who waits is {first}"] if first != sign_up else []


def cancelled(crowd: Crowd, sign_up: str, _person: str) -> list[str]:
    known = crowd.taken.pop(sign_up, None) or crowd.waiting.pop(sign_up, None)
    return [] if known else [f"sign-up {sign_up} is cancelled, but was not there"]


STEPS = {"SignedUp": signed_up, "Waitlisted": waitlisted, "Promoted": promoted, "SignUpCancelled": cancelled}


def in_the_end(run, street: str, crowds: dict[str, Crowd]) -> list[str]:
    """Nobody waits where a place is free; the rows say what the journal said."""
    wrong = [f"{street}: occurrence {name} has a free place, and {len(crowd.waiting)} wait" for name, crowd in crowds.items()
             if crowd.waiting and len(crowd.taken) < crowd.capacity and not crowd.cancelled]
    rows = {status: {row["sign_up_id"] for row in run.table("scheduling.sign_up")
                     if row["street"] == street and row["status"] == status} for status in ("SIGNED_UP", "WAITING")}
    for status, told in (("SIGNED_UP", "taken"), ("WAITING", "waiting")):
        counted = {sign_up for crowd in crowds.values() for sign_up in getattr(crowd, told)}
        wrong += [f"{street}: sign-up {one} is {status} in the table or in the journal, not in both"
                  for one in sorted(rows[status] ^ counted)]
    return wrong
