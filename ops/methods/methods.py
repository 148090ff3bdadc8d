#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""methods.py BUILD PROGRAM [--write] - ops/doc/methods.json: all methods, who may, and every rule that refuses

PROGRAM (print_methods) prints what the services' tables say; refusals.py reads what handlers say; the contract's comments
say what a method is for. Without --write the page is compared with what it has to be: the test. `jusha describe` is
built from it.
"""
import difflib
import itertools
import json
import pathlib
import re
import subprocess
import sys

import refusals

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "ops/doc/methods.json"
# Where the way of every request leads through: their refusals are those of every method.
EVERYWHERE = ["libcommon/service/call/call.c", "libcommon/service/method/envelope.c", "libcommon/service/method/authority.c",
              "libcommon/service/method/method.c", "libcommon/service/worker/parked.c", "libcommon/service/worker/work.c",
              "libcommon/service/worker/worker_bus.c", "libcommon/service/database/db.c",
              "libcommon/service/journal/journal.c", "libcommon/service/batch/batch.c", "libcommon/service/batch/query.c",
              "libcommon/service/batch/batch_commands.c", "libcommon/service/batch/answers.c"]
# What handlers share; the rest of the runtime refuses nothing of its own.
SHARED = ["libcommon/service/method/object.c", "libcommon/service/following/journal_service.c", "libcommon/service/method/name_keys.c",
          "libcommon/base/conditions.c"]
# The contract's own, before any rule of a method is looked at.
WIRE = ROOT / "libcommon/base/wire.c"


def is_wanted(path):
    return re.match(r"services/(?!broker/)", path) is not None or path in EVERYWHERE or path in SHARED


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def comments():
    """Method -> its comment in the contract."""
    found = {}
    for path in ROOT.glob("proto/jusha/*/v1/service.proto"):
        text = path.read_text()
        package = re.search(r"^package ([\w.]+);", text, re.M).group(1)
        service = re.search(r"^service (\w+)", text, re.M).group(1)
        for comment, name in re.findall(r"((?:^ *//.*\n)+) *rpc (\w+)\(", text, re.M):
            found[f"{package}.{service}/{name}"] = " ".join(re.sub(r"^ *// ?", "", comment, flags=re.M).split())
    return found


def without_side_effects():
    """Methods that the contract says to be so: what may be asked twice, cached, sent by GET."""
    found = set()
    for path in ROOT.glob("proto/jusha/*/v1/service.proto"):
        text = path.read_text()
        package = re.search(r"^package ([\w.]+);", text, re.M).group(1)
        service = re.search(r"^service (\w+)", text, re.M).group(1)
        for name, options in re.findall(r"^ *rpc (\w+)\([^)]*\) returns \([^)]*\)(;| \{[^}]*\})", text, re.M):
            if "idempotency_level = NO_SIDE_EFFECTS" in options:
                found.add(f"{package}.{service}/{name}")
    return found


def as_json(refusal):
    return {"field": refusal.field, "code": refusal.code, "rule": refusal.rule,
            "params": {name: None for name in refusal.params}}


def merged(rules):
    """Each (field, code, rule) once, with all params, in order."""
    found = {}
    for rule in rules:
        key = (rule["field"], rule["code"], rule["rule"])
        found.setdefault(key, {**rule, "params": {}})["params"].update(rule["params"])
    return [found[key] for key in sorted(found)]


def prefix_of(rules):
    """"unit." where an update holds the object, else ""."""
    return next((rule["field"].removesuffix("revision") for rule in rules
                 if rule["field"].endswith(".revision")), "")


def of_a_list(row):
    """A page token may be another list's."""
    return [{"field": "page_token", "code": "INVALID_ARGUMENT", "rule": "page_token", "params": {}}] * (".page =" in row)


def everywhere(sources):
    found = [as_json(refusal) for file in EVERYWHERE for definition in sources.by_file[file].values()
             for refusal in sources.refusals(definition) if refusal.rule]
    wire = re.findall(r'\brefuse\([^;"]*"(\w+)"', WIRE.read_text())
    return merged(found + [{"field": "", "code": "INVALID_ARGUMENT", "rule": rule, "params": {}} for rule in wire])


def at_the_broker():
    """X(name, status, field, rule, message) of the broker's table, and X(name, max) of its limits."""
    text = (ROOT / "services/broker/refusal.h").read_text()
    rows = re.findall(r"\bX\((\w+),\s*([A-Z_]+),\s*\"([^\"]*)\",\s*\"([^\"]*)\",", text)
    params = {name: {"max": int(limit)} for name, limit in re.findall(r"\bX\((\w+),\s*(\d+)\)", text)}
    params |= {name: {"retry_ms": None} for name in ("RATE", "FOLLOW_RATE")}
    return merged({"field": field, "code": code, "rule": rule, "params": params.get(name, {})}
                  for name, code, field, rule in rows)


def page(build, program):
    methods = json.loads(subprocess.run([program], capture_output=True, check=True).stdout)
    sources, about = refusals.Sources(build, ROOT, is_wanted), comments()

    for method in methods:
        package, name = re.match(r"jusha\.(\w+)\.v1\.\w+/(\w+)", method["method"]).groups()
        row = f"{package}_{snake(name)}"
        file = sources.file_of(row)
        within = [f"services/{package}/", *SHARED]
        said = sources.of_method(row, file, lambda path: path.startswith(tuple(within)), method["kind"] == "query")
        said = [as_json(refusal) for refusal in said if refusal.rule]
        said = [{**rule, "field": rule["field"].replace("*", prefix_of(method["rules"]), 1)
                 if rule["field"].startswith("*") else rule["field"]} for rule in said]
        method["about"] = about[method["method"]]
        method["rules"] = merged(method["rules"] + said + of_a_list(sources.by_file[file][row].text))
        if package == "journal":
            method["service"] = ""
    return {"broker": at_the_broker(), "every_method": everywhere(sources), "methods": methods}


def lines(rules, indent):
    return (",\n" + indent).join(json.dumps(rule, ensure_ascii=False) for rule in rules)


def as_text(all_of_it):
    """JSON with a line for each rule."""
    methods = []
    for method in all_of_it["methods"]:
        head = json.dumps({key: method[key] for key in method if key != "rules"}, ensure_ascii=False)
        methods.append(f'  {head[:-1]}, "rules": [\n    {lines(method["rules"], "    ")}]}}')
    return (f'{{"broker": [\n  {lines(all_of_it["broker"], "  ")}],\n'
            f'"every_method": [\n  {lines(all_of_it["every_method"], "  ")}],\n'
            '"methods": [\n' + ",\n".join(methods) + "]}\n")


def main():
    build, program = sys.argv[1:3]
    all_of_it = page(build, program)
    text = as_text(all_of_it)
    queries = {method["method"] for method in all_of_it["methods"] if method["kind"] == "query"}
    if wrong := queries ^ without_side_effects():
        print("idempotency_level = NO_SIDE_EFFECTS is for queries, all of them and nothing else:", *sorted(wrong))
        return 1
    if "--write" in sys.argv:
        PAGE.write_text(text)
    elif text != (written := PAGE.read_text() if PAGE.exists() else ""):
        lines_of_both = written.splitlines(), text.splitlines()
        difference = difflib.unified_diff(*lines_of_both, "the page", "the sources", n=0, lineterm="")
        print(*itertools.islice(difference, 12), sep="\n")
        print(f"{PAGE} is not what the sources say; write it with\n  {' '.join(sys.argv)} --write")
        return 1
    return 0


sys.exit(main())
