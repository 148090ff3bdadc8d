# SPDX-License-Identifier: Apache-2.0
"""subscribers.py - what each subscriber printed equals the journals, in order, nothing missing

A record is judged service by service. While a process runs its numbers go up by one, and each event names the one before
it as its predecessor. When it is started again it begins at its cursor: behind its last line nothing may be missing, and
what comes again was printed since the start before.

Of a journal that was restored (../restores.py) events are lost that were printed before. Its cursors went back with it.
"""
import json
from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf import json_format

from checks.facts import Event, journals

RESTARTED = "# restarted"  # as ../subscribers.py has it


@dataclass
class Progress:
    """How far one subscriber has come in one journal."""
    began: int = 1  # first number of this start
    last: int = 0
    last_id: str = ""
    fresh: bool = True  # nothing came since this start


def check_subscribers(run) -> list[str]:
    return [f"subscriber {name}: {wrong}" for name, lines in run.subscribers.items() for wrong in check_record(run, name, lines)]


def check_record(run, name: str, lines: list[str]) -> list[str]:
    street = name.rsplit("_", 1)[0]
    progress: dict[str, Progress] = {}
    wrong = []
    for number, line in enumerate(lines, 1):
        if line == RESTARTED:
            for one in progress.values():
                one.fresh = True
            continue
        try:
            printed = json.loads(line)
        except ValueError:
            if number < len(lines) and lines[number] != RESTARTED:
                wrong.append(f"line {number} is no JSON")
            continue
        wrong += [f"line {number}: {what}" for what in check_line(run, street, progress, printed)]
    return wrong + list(unfinished(run, street, progress))


def check_line(run, street: str, progress: dict[str, Progress], printed: dict) -> list[str]:
    service, seq = printed["source"].rsplit("/", 1)[1], int(printed["sequence"])
    wrong = follow(progress.setdefault(service, Progress()), seq, printed, f"{street}/{service}", bool(run.lost))
    if printed["id"] in run.lost:
        return wrong
    events = journals(run).get((service, street), [])
    if printed["source"] != f"/streets/{street}/{service}":
        return wrong + [f"comes from {printed['source']}"]
    if not 0 < seq <= len(events):
        return wrong + [f"{street}/{service} {seq} is not in the journal"]
    return wrong + compare(printed, events[seq - 1])


def follow(one: Progress, seq: int, printed: dict, journal: str, restored: bool) -> list[str]:
    wrong = []
    if not one.fresh and seq == one.last + 1 and printed.get("predecessor", "") != one.last_id:
        wrong.append(f"{journal} {seq} follows another event than was printed before it")
    if seq > one.last + 1:
        wrong.append(f"{journal} {one.last + 1} to {seq - 1} are missing")
    elif seq <= one.last and not one.fresh:
        wrong.append(f"{journal} {seq} comes again without a restart, after {one.last}")
    elif seq < one.began and not restored:
        wrong.append(f"{journal} {seq} comes again from before its cursor, which was at {one.began - 1} or later")
    if one.fresh:
        one.began = min(max(one.began, seq), one.last + 1)
    one.fresh, one.last, one.last_id = False, seq, printed["id"]
    return wrong


def compare(printed: dict, event: Event) -> list[str]:
    told = {"id": printed["id"], "type": printed["type"], "subject": printed["subject"]}
    kept = {"id": event.id, "type": event.full_type, "subject": event.subject}
    if told != kept:
        return [f"prints {told}, {event} is {kept}"]
    if printed["data"] == event.data:  # mostly the two are written alike
        return []
    data = json_format.ParseDict(printed["data"], type(event.message)())
    return [f"prints other data than {event} holds"] if data != event.message else []


def unfinished(run, street: str, progress: dict[str, Progress]) -> Iterator[str]:
    """At the end of a run everybody has had the time to come to the head."""
    if not progress:
        yield "printed nothing"
    for service, one in progress.items():
        head = len(journals(run).get((service, street), []))
        if one.last != head:
            yield f"ends at {street}/{service} {one.last} of {head}"
