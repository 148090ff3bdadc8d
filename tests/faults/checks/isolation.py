# SPDX-License-Identifier: Apache-2.0
"""isolation.py - nothing of one street is found in another's rows, events, answers, records or log lines, nor reaches an attacker

The workload begins every text with its street's slug and "-", and every object's id is found in one street only.
Logs hold no name and no phone number of anybody.
"""
import re
from collections.abc import Iterator
from pathlib import Path

from checks.facts import raw, requests

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STREET = re.compile(r"\bstreet=([a-z0-9-]+)")
WORD = re.compile(r"[\w-]+")


def check_isolation(run) -> list[str]:
    homes: dict[str, str] = {}
    wrong = [what for name in run.table_names() for what in check_table(run, name, homes)]
    wrong += check_answers(run)
    wrong += [f"subscriber {name}: line {number} speaks of street {other}" for name, lines in run.subscribers.items()
              for number, line in enumerate(lines, 1) for other in strangers(run, name.rsplit("_", 1)[0], line)]
    wrong += [f"attacker {name} was told at port {told['port']}: {told['frames']}"[:1000]
              for name, (_, strange) in run.hostile.items() for told in strange]
    people = personal(run)
    for log in sorted(log_folder(run).glob("*.log")):
        wrong += check_log(run, log, homes, people)
    return wrong


def strangers(run, street: str, text: str) -> list[str]:
    """Other streets whose texts are in this one."""
    return [other for other in run.streets if other != street and f"{other}-" in text]


# ---- tables ----

def check_table(run, name: str, homes: dict[str, str]) -> Iterator[str]:
    for row in run.table(name):
        if "street" not in row:
            continue
        text = " ".join(flat(row.values()))
        for other in strangers(run, row["street"], text):
            yield f"{name}: a row of {row['street']} holds a text of {other}: {row}"
        for one in UUID.findall(text):
            home = homes.setdefault(one, row["street"])
            if home != row["street"]:
                yield f"{name}: {one} is in street {row['street']} and in {home}"


def flat(values) -> Iterator[str]:
    """Texts of a row, those in its packed messages too."""
    for value in values:
        if isinstance(value, dict):
            yield from flat(value.values())
        elif isinstance(value, list):
            yield from flat(value)
        elif isinstance(value, str):
            yield raw(value).decode("utf-8", "replace") if value.startswith("\\x") else value


# ---- answers ----

def check_answers(run) -> list[str]:
    return [f"{request}: its answer holds a text of {other}" for request in requests(run).values()
            for one in request.ended("ok") for other in strangers(run, request.street, repr(one.answer.get("response")))]


# ---- logs ----

def log_folder(run) -> Path:
    """Beside the run's own folder."""
    return run.folder.parent / "logs"


def personal(run) -> set[str]:
    """Names and phones of the people that the run made up."""
    people = [request.request["person"] for request in requests(run).values() if "person" in request.request]
    return {text for person in people for text in (person.get("name"), person.get("phone")) if text}


def check_log(run, log: Path, homes: dict[str, str], people: set[str]) -> list[str]:
    wrong = []
    for number, line in enumerate(log.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        where = f"{log.name}:{number}"
        if not people.isdisjoint(WORD.findall(line)):
            wrong.append(f"{where} holds a name or a phone number")
        street = STREET.search(line)
        for one in UUID.findall(line) if street else []:
            if homes.get(one, street[1]) != street[1]:
                wrong.append(f"{where} is about {street[1]} and names {one} of {homes[one]}")
        for other in strangers(run, street[1], line) if street else []:
            wrong.append(f"{where} is about {street[1]} and holds a text of {other}")
    return wrong
