# SPDX-License-Identifier: Apache-2.0
"""journals.py - journals have no gap, and the tables are what the journals say

An event carries the whole object, so the newest event about each object must equal its row, field by field.
"""
from collections import defaultdict

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict

from checks.bookings import moment
from checks.facts import Event, journals

# Message of an object -> its table and key. What an event does not carry (names and phones of people) is not compared.
TABLES = {
    "jusha.registry.v1.Street": ("registry.street", "street"),
    "jusha.registry.v1.Community": ("registry.community", "community_id"),
    "jusha.registry.v1.Unit": ("registry.unit", "unit_id"),
    "jusha.registry.v1.PersonFacts": ("registry.person", "person_id"),
    "jusha.registry.v1.RoleGrant": ("registry.role_grant", "grant_id"),
    "jusha.selection.v1.Programme": ("selection.programme", "programme_id"),
    "jusha.selection.v1.TickSheet": ("selection.tick_sheet", "sheet_id"),
    "jusha.selection.v1.Resource": ("selection.resource", "resource_id"),
    "jusha.selection.v1.Need": ("selection.need", "need_id"),
    "jusha.selection.v1.Claim": ("selection.claim", "claim_id"),
    "jusha.selection.v1.Project": ("selection.project", "project_id"),
    "jusha.scheduling.v1.Activity": ("scheduling.activity", "activity_id"),
    "jusha.scheduling.v1.Occurrence": ("scheduling.occurrence", "occurrence_id"),
    "jusha.scheduling.v1.Booking": ("scheduling.booking", "booking_id"),
    "jusha.scheduling.v1.SignUp": ("scheduling.sign_up", "sign_up_id"),
}
# Fields that are read from other rows: true when they were told, and stored in no column.
DERIVED = {("jusha.scheduling.v1.SignUp", "place")}


def check_journals(run) -> list[str]:
    wrong = []
    for (service, street), events in journals(run).items():
        wrong += gaps(service, street, events)
    return wrong + check_ids(run) + rebuilt(run)


def gaps(service: str, street: str, events: list[Event]) -> list[str]:
    wrong, expected = [], 1
    for event in events:
        if event.seq != expected:
            wrong.append(f"{street}/{service}: number {expected} is missing or {event.seq} stands twice, at {event}")
        expected = event.seq + 1
    return wrong


def check_ids(run) -> list[str]:
    seen: dict[str, Event] = {}
    return [f"{event} has the id of {seen[event.id]}" for events in journals(run).values() for event in events
            if seen.setdefault(event.id, event) is not event]


# ---- tables from journals ----

def rebuilt(run) -> list[str]:
    """Every row against the newest event about it."""
    newest = newest_objects(run)
    wrong = []
    for full_name, (table, key) in TABLES.items():
        rows = {(row["street"], row[key]): row for row in run.table(table)}
        told = newest.get(full_name, {})
        wrong += [f"{table} {name[1]} of {name[0]} is in the {'table' if name in rows else 'journal'} only"
                  for name in sorted(rows.keys() ^ told.keys())]
        for name in rows.keys() & told.keys():
            event, thing = told[name]
            wrong += [f"{table} {name[1]} of {name[0]}: {what}, says {event}" for what in differences(rows[name], thing)]
    return wrong


def newest_objects(run) -> dict[str, dict[tuple[str, str], tuple[Event, object]]]:
    """By message, then by (street, id): the newest event that carries the object, and the object."""
    newest: dict[str, dict] = defaultdict(dict)
    for events in journals(run).values():
        for event in events:
            for described, value in event.message.ListFields():
                kind = described.message_type.full_name if described.message_type else ""
                if kind in TABLES and described.label != FieldDescriptor.LABEL_REPEATED:
                    newest[kind][event.street, getattr(value, TABLES[kind][1])] = event, value
    return newest


def differences(row: dict, thing) -> list[str]:
    found = []
    for described in thing.DESCRIPTOR.fields:
        if described.name not in row or (thing.DESCRIPTOR.full_name, described.name) in DERIVED:
            continue
        stored, told = plain(row[described.name]), of_message(described, getattr(thing, described.name))
        if isinstance(told, tuple):  # a moment
            stored = (moment(stored),) if stored else ()
        if stored != told:
            found.append(f"{described.name} is {stored!r}, {told!r}")
    return found


def plain(value):
    """A column's value where nothing, zero, empty and false are one, as in proto3."""
    if isinstance(value, dict):
        return {key: inner for key, inner in ((key, plain(inner)) for key, inner in value.items()) if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value] or None
    return str(value) if value not in (None, "", 0, False) else None


def of_message(described: FieldDescriptor, value):
    """A field's value as plain() would have it; a moment is (datetime,)."""
    if described.label == FieldDescriptor.LABEL_REPEATED:
        return [of_message_one(described, inner) for inner in value] or None
    return of_message_one(described, value)


def of_message_one(described: FieldDescriptor, value):
    if described.message_type and described.message_type.full_name == "google.protobuf.Timestamp":
        return (moment(value.ToJsonString()),) if value.seconds else ()
    if described.message_type:
        return plain(MessageToDict(value)) if value.ByteSize() else None
    if described.enum_type:
        prefix = described.enum_type.values_by_number[0].name.removesuffix("UNSPECIFIED")
        return described.enum_type.values_by_number[value].name.removeprefix(prefix) if value else None
    return plain(value)
