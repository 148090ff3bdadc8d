# SPDX-License-Identifier: Apache-2.0
"""ends.py - nothing that is open points to what ended, in whichever service

ops/doc/ends.md says what follows where something ends; here stands what must not be left of it. The run has settled, so
every service has read the ends of the others and done what follows of them.
"""
from dataclasses import dataclass

from checks import clocks, facts

AROUND_S = 30  # before and after a leap: until an end of then was read by all

ENDED = {  # where it stands, the statuses in which it ended
    "unit": ("registry.unit", ("WITHDRAWN",)),
    "community": ("registry.community", ("DISSOLVED",)),
    "person": ("registry.person", ("LEFT",)),
    "alliance": ("registry.alliance", ("ENDED",)),
    "programme": ("selection.programme", ("CLOSED", "DROPPED")),
    "resource": ("selection.resource", ("WITHDRAWN",)),
    "claim": ("selection.claim", ("ACCEPTED", "REFUSED", "LEFT", "REVOKED")),
    "project": ("selection.project", ("CANCELLED",)),
    "activity": ("scheduling.activity", ("COMPLETED", "CANCELLED")),
    "occurrence": ("scheduling.occurrence", ("CANCELLED",)),
    "booking": ("scheduling.booking", ("CANCELLED",)),
}


@dataclass(frozen=True)
class Pointer:
    table: str
    columns: tuple[str, ...]  # an id, or an array of them
    kind: str  # of ENDED
    open: tuple[str, ...]  # statuses
    to_come: bool = False  # what began stands


POINTERS = [
    Pointer("registry.agreement", ("unit_id",), "unit", ("DRAFT", "IN_FORCE")),
    Pointer("registry.agreement", ("community_id",), "community", ("DRAFT", "IN_FORCE")),
    Pointer("registry.pairing", ("unit_id",), "unit", ("ACTIVE",)),
    Pointer("registry.pairing", ("community_id",), "community", ("ACTIVE",)),
    Pointer("registry.alliance_member", ("unit_id",), "unit", ("ACTIVE",)),
    Pointer("registry.alliance_member", ("alliance_id",), "alliance", ("ACTIVE",)),
    Pointer("registry.alliance", ("community_id",), "community", ("ACTIVE",)),
    Pointer("registry.role_grant", ("unit_id",), "unit", ("IN_FORCE",)),
    Pointer("registry.role_grant", ("community_id",), "community", ("IN_FORCE",)),
    Pointer("registry.role_grant", ("holder",), "person", ("IN_FORCE",)),
    Pointer("selection.tick_sheet", ("unit_id",), "unit", ("DRAFT", "SUBMITTED", "RETURNED")),
    Pointer("selection.tick_sheet", ("programme_id",), "programme", ("DRAFT", "RETURNED")),
    Pointer("selection.resource", ("unit_id",), "unit", ("OFFERED", "PAUSED")),
    Pointer("selection.resource", ("community_id",), "community", ("OFFERED", "PAUSED")),
    Pointer("selection.need", ("unit_id",), "unit", ("OPEN", "CLAIMED", "IN_PROGRESS")),
    Pointer("selection.need", ("community_id",), "community", ("OPEN", "CLAIMED", "IN_PROGRESS")),
    Pointer("selection.need", ("claim_id",), "claim", ("OPEN", "CLAIMED", "IN_PROGRESS", "DONE")),
    Pointer("selection.need", ("project_id",), "project", ("OPEN", "CLAIMED", "IN_PROGRESS", "DONE")),
    Pointer("selection.claim", ("lead_unit_id", "partner_unit_ids"), "unit", ("SUBMITTED", "APPROVED")),
    Pointer("selection.claim", ("resource_id",), "resource", ("SUBMITTED", "APPROVED")),
    Pointer("selection.project", ("unit_ids", "lead_unit_id"), "unit", ("PLANNED", "IN_PROGRESS")),
    Pointer("selection.project", ("community_id", "community_ids"), "community", ("PLANNED", "IN_PROGRESS")),
    Pointer("scheduling.activity", ("unit_ids", "agreed_unit_ids"), "unit", ("DRAFT", "PUBLISHED", "ONGOING")),
    Pointer("scheduling.activity", ("community_id",), "community", ("DRAFT", "PUBLISHED", "ONGOING")),
    Pointer("scheduling.activity", ("resource_id",), "resource", ("DRAFT", "PUBLISHED", "ONGOING")),
    Pointer("scheduling.occurrence", ("activity_id",), "activity", ("SCHEDULED",), to_come=True),
    Pointer("scheduling.occurrence", ("community_id",), "community", ("SCHEDULED",), to_come=True),
    Pointer("scheduling.occurrence", ("resource_id",), "resource", ("SCHEDULED",), to_come=True),
    Pointer("scheduling.occurrence", ("booking_id",), "booking", ("SCHEDULED",)),
    Pointer("scheduling.booking", ("unit_id",), "unit", ("BOOKED",), to_come=True),
    Pointer("scheduling.booking", ("community_id",), "community", ("BOOKED",), to_come=True),
    Pointer("scheduling.booking", ("resource_id",), "resource", ("BOOKED",), to_come=True),
    Pointer("scheduling.booking", ("occurrence_id",), "occurrence", ("BOOKED",)),
    Pointer("scheduling.sign_up", ("occurrence_id",), "occurrence", ("SIGNED_UP", "WAITING")),
    Pointer("scheduling.sign_up", ("community_id",), "community", ("SIGNED_UP", "WAITING"), to_come=True),
    Pointer("scheduling.sign_up", ("person_id",), "person", ("SIGNED_UP", "WAITING"), to_come=True),
]


def check_ends(run) -> list[str]:
    ended = {kind: {(row["street"], row[f"{kind}_id"]) for row in run.table(table) if row["status"] in statuses}
             for kind, (table, statuses) in ENDED.items()}
    now = Now(run)
    return [wrong for pointer in POINTERS for wrong in left(run, pointer, ended[pointer.kind], now)]


class Now:
    """What was to come when an end was read: what begins after all that its street was told at the time.

    Around a leap of all clocks an end may have been read by one that was weeks ahead; what was past by it stands. That
    excuses those ends alone."""

    def __init__(self, run):
        begin_s = run.began - min((line["t"] for line in run.history), default=0)
        leaps = [(begin_s + begin - AROUND_S, begin_s + end + AROUND_S) for begin, end in clocks.leaps_of(run)]
        self.near, self.ever, self.of_leaps = {}, {}, set()
        for (_, street), journal in facts.journals(run).items():
            for event in journal:
                is_near, told_s = clocks.is_near(run, event), clocks.moment(event).timestamp()
                self.ever[street] = max(self.ever.get(street, ""), event.time)
                if is_near:
                    self.near[street] = max(self.near.get(street, ""), event.time)
                if not is_near or any(begin <= told_s <= end for begin, end in leaps):
                    self.of_leaps.add((street, event.subject))

    def of(self, street: str, ended_id: str) -> str:
        return (self.ever if (street, ended_id) in self.of_leaps else self.near).get(street, "")


def left(run, pointer: Pointer, ended: set, now: Now) -> list[str]:
    return [f"{pointer.table} of {row['street']} is {row['status']}, and its {column} is a {pointer.kind} that ended: {one}"
            for row in run.table(pointer.table) if row["status"] in pointer.open
            for column in pointer.columns for one in ids(row[column]) if (row["street"], one) in ended
            and (not pointer.to_come or start(run, row) > max(now.of(row["street"], by) for by in (one, *activity(run, row))))]


def ids(value) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def occurrence(run, row: dict) -> dict:
    """Its own, where it is one; none: {}."""
    return next((one for one in run.table("scheduling.occurrence")
                 if one["occurrence_id"] == row.get("occurrence_id")), {}) if row.get("occurrence_id") else {}


def start(run, row: dict) -> str:
    """A sign-up's is that of its occurrence."""
    return row["start_time"] if "start_time" in row else occurrence(run, row).get("start_time", "")


def activity(run, row: dict) -> list[str]:
    """The one by which the row ends, if any: where that ended around a leap, the row stands, whatever ends later."""
    return ids(occurrence(run, row).get("activity_id"))
