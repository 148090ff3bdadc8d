# SPDX-License-Identifier: Apache-2.0
"""bookings.py - no resource is ever booked twice at a time

By arithmetic on the rows as they are and on the journal as it grew; the schema's own constraint is not asked.
"""
from collections import defaultdict
from datetime import datetime

from checks.facts import journals


def check_bookings(run) -> list[str]:
    return [wrong for street in run.streets for wrong in of_table(run, street) + of_journal(run, street)]


def moment(text: str) -> datetime:
    """Of PostgreSQL's JSON and of proto3 JSON, which has up to nine digits of a second."""
    text = text.replace("Z", "+00:00")
    if "." in text:
        whole, rest = text.split(".")
        digits = rest[:rest.index("+")]
        text = f"{whole}.{digits[:6]:0<6}{rest[len(digits):]}"
    return datetime.fromisoformat(text)


def of_table(run, street: str) -> list[str]:
    booked = defaultdict(list)
    for row in run.table("scheduling.booking"):
        if row["street"] == street and row["status"] == "BOOKED":
            booked[row["resource_id"]].append((moment(row["start_time"]), moment(row["end_time"]), row["booking_id"]))
    wrong = []
    for resource_id, times in booked.items():
        times.sort()
        for one, other in zip(times, times[1:]):
            if other[0] < one[1]:
                wrong.append(f"{street}: bookings {one[2]} and {other[2]} of resource {resource_id} overlap at {other[0]}")
    return wrong


def of_journal(run, street: str) -> list[str]:
    standing: dict[str, dict[str, tuple]] = defaultdict(dict)
    wrong = []
    for event in journals(run).get(("scheduling", street), []):
        if event.type not in ("ResourceBooked", "BookingMoved", "BookingCancelled"):
            continue
        booking = event.data["booking"]
        others = standing[booking["resourceId"]]
        if event.type != "ResourceBooked":
            others.pop(booking["bookingId"], None)
        if event.type == "BookingCancelled":
            continue
        start, end = moment(booking["startTime"]), moment(booking["endTime"])
        wrong += [f"{event}: booking {booking['bookingId']} overlaps {rival}, which stood then"
                  for rival, (since, until) in others.items() if start < until and since < end]
        others[booking["bookingId"]] = start, end
    return wrong
