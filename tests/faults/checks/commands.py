# SPDX-License-Identifier: Apache-2.0
"""commands.py - every command is done once or not at all, and what was answered stays true

The events of a request carry its id as their trace (and so do those that other services answer them with), and the table
of replies has a row for each request that was done: the two must agree with each other and with everything that any caller
was told.
"""
from collections import Counter

from google.protobuf import json_format

from checks.facts import Event, Request, events_of_requests, raw, requests, response_type, stored

PASSING = ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "UNSENT")  # says nothing about the request itself
MADE_ONCE = {"RegisterUnit": ("UnitRegistered",), "RegisterPerson": ("PersonRegistered",), "RaiseNeed": ("NeedRaised",),
             "BookResource": ("ResourceBooked",), "CreateActivity": ("ActivityCreated",),
             "SignUpPerson": ("SignedUp", "Waitlisted"), "CreateCommunity": ("CommunityCreated",),
             "OfferResource": ("ResourceOffered",), "GrantRole": ("RoleGranted",), "ClaimNeed": ("NeedClaimed",),
             "OpenTickSheet": ("TickSheetOpened",)}


def check_commands(run) -> list[str]:
    events, rows, wrong = events_of_requests(run), stored(run), []
    for request in requests(run).values():
        if request.is_command:
            row = rows.get((request.service, request.street, request.id))
            own = [event for event in events.get(request.id, []) if event.service == request.service]
            wrong += effects(request, own, row) + answers(request, row)
    return wrong


def effects(request: Request, events: list[Event], row: dict | None) -> list[str]:
    """What the journals hold of one request."""
    wrong = []
    if not request.ended("ok") and not request.ended("unknown") and (events or row) and is_over(request):
        wrong.append(f"{request}: every caller was told that nothing was done, and it was done")
    if events and not row:
        wrong.append(f"{request}: done ({events[0]}), but its reply is not stored")
    if any(event.street != request.street for event in events):
        wrong.append(f"{request}: has events in another street: {', '.join(map(str, events))}")
    elif events and events[-1].seq - events[0].seq != len(events) - 1:
        wrong.append(f"{request}: done more than once: {', '.join(map(str, events))}")
    elif events and row and row["seq"] != events[-1].seq:
        wrong.append(f"{request}: its reply says number {row['seq']}, its last event is {events[-1]}")
    kinds = Counter(event.type for event in events)
    if sum(kinds[kind] for kind in MADE_ONCE.get(request.method, ())) > 1:
        wrong.append(f"{request}: made more than one: {', '.join(map(str, events))}")
    return wrong


def is_over(request: Request) -> bool:
    return all(one.what for one in request.tries.values())


def answers(request: Request, row: dict | None) -> list[str]:
    """What callers were told, against what is stored."""
    told = sorted(request.ended("ok"), key=lambda one: one.ended)
    if not told:
        return []
    if not row:
        return [f"{request}: answered OK, and it is not there"]
    wrong = []
    kind = response_type(request.service, request.method)
    answer = json_format.MessageToDict(kind.FromString(raw(row["reply"]))) if kind else None
    for one in told:
        if kind and one.answer.get("response", {}) != answer:
            wrong.append(f"{request}: answered {one.answer.get('response')}, stored is {answer}")
        if one.answer.get("position", row["seq"]) != row["seq"]:
            wrong.append(f"{request}: answered position {one.answer['position']}, stored is {row['seq']}")
    for one in request.ended("fail"):
        if one.asked > told[0].ended and one.answer["code"] not in PASSING:
            wrong.append(f"{request}: was done, and asked again it was refused: {one.answer['code']}")
    return wrong
