#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tally.py TESTLOG.json - counts single tests in a log of `meson test`

Prints "PASSED FAILED SKIPPED", then one line for each failure. A program that speaks cmocka's plain or
TAP format counts by its test functions; any other counts as one. A program that ended badly (a crash, a
leak, a timeout) without naming a failed test counts as one failure more.
"""
import json
import re
import sys

MARKS = {
    "passed": re.compile(r"^(?:\[ +OK +\] |ok \d+ - )(\S+)(?!.*# SKIP)", re.M),
    "failed": re.compile(r"^(?:\[ +(?:FAILED|ERROR) +\] (?!\d+ test|---)|not ok \d+ - )(\S+)", re.M),
    "skipped": re.compile(r"^(?:\[ +SKIPPED +\] (?!\d+ test)|ok \d+ - (?=\S+ .*# SKIP))(\S+)", re.M),
}


def of_program(program):
    output = program.get("stdout", "") + "\n" + program.get("stderr", "")
    names = {outcome: set(mark.findall(output)) for outcome, mark in MARKS.items()}
    names["passed"] -= names["failed"] | names["skipped"]
    result = program["result"]
    if result in ("SKIP", "IGNORED") and not any(names.values()):
        names["skipped"].add("all")
    elif result not in ("OK", "EXPECTEDFAIL", "SKIP") and not names["failed"]:
        names["failed"].add(result.lower())
    elif not any(names.values()):
        names["passed"].add("all")
    return names


def main():
    totals = {outcome: 0 for outcome in MARKS}
    failures = []
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            program = json.loads(line)
            for outcome, names in of_program(program).items():
                totals[outcome] += len(names)
                if outcome == "failed":
                    failures += [f"{program['name']}: {name}" for name in sorted(names)]
    print(totals["passed"], totals["failed"], totals["skipped"])
    print(*failures, sep="\n")


main()
