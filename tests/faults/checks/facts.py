# SPDX-License-Identifier: Apache-2.0
"""facts.py - a run as checkers look at it: requests with all their tries, journals as events

Everything is read once per run. The classes of messages come from the contract that whoever runs the checks has loaded
(bus.Contract).
"""
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from google.protobuf import json_format, symbol_database

READS = ("Get", "List", "BatchGet", "Read", "Heads")


@dataclass
class Try:
    """One time that a request was asked. what: ok, fail, unknown, or "" while no end of it was written."""
    asked: float
    ended: float = float("inf")
    what: str = ""
    answer: dict = field(default_factory=dict)


@dataclass
class Request:
    id: str
    street: str
    service: str
    method: str
    request: dict
    tries: dict[tuple, Try] = field(default_factory=dict)

    @property
    def is_command(self) -> bool:
        return not self.method.startswith(READS)

    def ended(self, what: str) -> list[Try]:
        return [one for one in self.tries.values() if one.what == what]

    def __str__(self) -> str:
        return f"{self.method} {self.id} of {self.street}"


@dataclass
class Event:
    service: str
    street: str
    seq: int
    id: str
    type: str  # "UnitRegistered"
    full_type: str
    subject: str
    time: str
    request_id: str  # of the request that it belongs to, where a client of ours made it
    packed: bytes

    @property
    def message(self):
        return symbol_database.Default().GetSymbol(self.full_type).FromString(self.packed)

    @property
    def data(self) -> dict:
        return json_format.MessageToDict(self.message)

    def __str__(self) -> str:
        return f"{self.street}/{self.service} {self.seq} {self.type}"


@lru_cache(maxsize=2)
def requests(run) -> dict[str, Request]:
    """By request_id."""
    found: dict[str, Request] = {}
    for line in run.history:
        if line["what"] == "invoke":
            one = found.setdefault(line["id"], Request(line["id"], line["street"], line["service"], line["method"], {}))
            one.request = line.get("request", one.request)
            one.tries[line["client"], line["try"]] = Try(line["t"])
        elif line["what"] in ("ok", "fail", "unknown"):
            one_try = found[line["id"]].tries[line["client"], line["try"]]
            one_try.ended, one_try.what, one_try.answer = line["t"], line["what"], line
    return found


@lru_cache(maxsize=2)
def stored(run) -> dict[tuple[str, str, str], dict]:
    """Replies to what was done, by (service, street, request_id). Kept refusals have no number of a journal: -1."""
    return {(service, row["street"], row["request_id"]): row
            for service in run.services for row in run.table(f"{service}.request") if row["seq"] >= 0}


@lru_cache(maxsize=2)
def journals(run) -> dict[tuple[str, str], list[Event]]:
    """By (service, street), in the order of their numbers."""
    found = defaultdict(list)
    for service in run.services:
        for row in run.table(f"{service}.journal"):
            found[service, row["street"]].append(event_of(service, row))
    for events in found.values():
        events.sort(key=lambda event: event.seq)
    return dict(found)


def event_of(service: str, row: dict) -> Event:
    trace = row["traceparent"].split("-")[1] if row["traceparent"] else ""
    request_id = "-".join((trace[:8], trace[8:12], trace[12:16], trace[16:20], trace[20:])) if trace else ""
    return Event(service, row["street"], row["seq"], row["id"], row["type"].rsplit(".", 1)[1], row["type"], row["subject"],
                 row["time"], request_id, raw(row["data"]))


@lru_cache(maxsize=2)
def events_of_requests(run) -> dict[str, list[Event]]:
    """By request_id, in the order of their journals."""
    found = defaultdict(list)
    for events in journals(run).values():
        for event in events:
            if event.request_id:
                found[event.request_id].append(event)
    return dict(found)


def raw(text: str) -> bytes:
    """bytea as PostgreSQL's JSON has it."""
    return bytes.fromhex(text.removeprefix("\\x"))


@lru_cache
def response_type(service: str, method: str) -> type | None:
    """The class of a method's response; None for the methods that every service has."""
    database = symbol_database.Default()
    name = f"jusha.{service}.v1.{service.capitalize()}Service"
    described = database.pool.FindServiceByName(name).methods_by_name.get(method)
    return described and database.GetSymbol(described.output_type.full_name)


def objects(response: dict) -> Iterator[tuple[str, str, dict]]:
    """The objects with a revision in a response or an event: (kind, id, object). An id is called <kind>Id."""
    for key, value in response.items():
        for thing in value if isinstance(value, list) else [value]:
            if isinstance(thing, dict) and "revision" in thing:
                kind = key if f"{key}Id" in thing else key.removesuffix("s")
                if f"{kind}Id" in thing:
                    yield kind, thing[f"{kind}Id"], thing
