#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""both_places.py - what has to be named in a second place is named there, or says here why not

A file that no build names is not compiled, a life cycle without a page is not drawn, one that nobody walks is not tested, a
statement that nobody runs was meant for something, and of two migrations with one version dbmate runs the first where that is
there already: each of these would be missing in silence.
"""
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
CYCLE = re.compile(r"^const struct life_cycle (\w+) =", re.M)
STATEMENT = re.compile(r"^(SHARED_)?STATEMENT\((\w+)", re.M)
MIGRATION = re.compile(r"(libcommon|services/\w+)/db/(\d*).*\.sql")
PAGES = "tests/unit/cycled.c"
EVENTS = "ops/doc/events.md"
WALKS = {  # and the life cycles that are walked by hand
    "walk_life_cycle": {
        "person_life_cycle": "its one step is final and erases the person: tests/db/registry/test_people.c",
        "sign_up_life_cycle": "its steps move whoever waits: tests/db/scheduling/test_sign_ups.c",
    },
    "walk_get_on": {},
}


def text(path: str) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8")


def files() -> list[str]:
    """That git knows or would take, and that are there."""
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT, check=True,
                           capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (CHECKOUT / name).is_file()]


def unbuilt(names: list[str]) -> Iterator[str]:
    """C files and contract files that no meson.build of their folder, or of one above, names."""
    builds = {str(Path(name).parent): text(name) for name in names if name.endswith("meson.build")}
    for name in names:
        path = Path(name)
        if path.suffix not in (".c", ".proto") or "templates" in path.parts:
            continue
        spellings = {path.stem, path.stem.removeprefix("test_").removeprefix("fuzz_"),
                     path.stem.removesuffix(path.parent.name)}  # 'bed_' + name + '.c'
        spelled = re.compile(rf"['/@_]({'|'.join(spellings)})(\.c|\.proto)?'")
        if not any(spelled.search(builds.get(str(folder), "")) for folder in path.parents):
            yield f"{name}: no meson.build names it"


def unwalked(names: list[str]) -> Iterator[str]:
    """Life cycles that are not drawn, or not walked beside a database by each of WALKS."""
    tests = [text(name) for name in names if name.startswith("tests/db/") and name.endswith(".c")]
    walks = {walk: "".join(test for test in tests if f"{walk}(" in test) for walk in WALKS}
    for name in names:
        if not name.startswith("services/") or not name.endswith(".c"):
            continue
        for cycle in CYCLE.findall(text(name)):
            if f"&{cycle}," not in text(PAGES):
                yield f"{name}: {cycle} has no page: add its row to {PAGES}"
            for walk, excused in WALKS.items():
                if (cycle in walks[walk]) == (cycle in excused):
                    yield f"{name}: {cycle} is walked by no test below tests/db ({walk}), and is not excused; or it is both"


def unused(names: list[str]) -> Iterator[str]:
    """Statements that nothing runs: they register themselves, so no compiler says so."""
    code = {name: text(name) for name in names if name.startswith(("libcommon/", "services/")) and name.endswith((".c", ".h"))}
    uses = {name: Counter(re.findall(r"\w+", of_file)) for name, of_file in code.items()}
    all_uses = sum((of_file for name, of_file in uses.items() if name.endswith(".c")), Counter())
    for name, of_file in code.items():
        for shared, statement in STATEMENT.findall(of_file):
            if (all_uses if shared else uses[name])[statement] < 2:
                yield f"{name}: nothing runs the statement {statement}"


def unmigrated(names: list[str]) -> Iterator[str]:
    """Migrations that a schema would not get: each service's sequence is its own and libcommon's."""
    sequences: dict[str, dict[str, str]] = {"libcommon": {}}
    for name in sorted(names):  # libcommon's first
        if not (found := MIGRATION.fullmatch(name)):
            continue
        whose, version = found.groups()
        sequence = sequences.setdefault(whose, dict(sequences["libcommon"]))
        if not version:
            yield f"{name}: its name begins with no version, so dbmate does not see it"
        elif (other := sequence.setdefault(version, name)) != name:
            yield f"{name}: has the version of {other}, which is of the same schema"


def unlisted(names: list[str]) -> Iterator[str]:
    """Events of the contract that ops/doc/events.md does not name: what nobody knows of, nobody follows."""
    page = text(EVENTS)
    for name in names:
        if not name.startswith("proto/") or not name.endswith("/events.proto"):
            continue
        contract = text(name)
        for event in re.findall(r"^message (\w+)", contract, re.M):
            is_part = re.search(rf"^ +(repeated )?{event} \w+ = ", contract, re.M)
            if not is_part and not re.search(rf"\b{event}`", page):
                yield f"{name}: {EVENTS} does not say when {event} is said"


def main() -> int:
    names = files()
    wrong = [*unbuilt(names), *unwalked(names), *unused(names), *unmigrated(names), *unlisted(names)]
    print("\n".join(wrong) or "all is named in both places")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
