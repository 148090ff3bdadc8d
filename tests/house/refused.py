#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every refusal of a service has a rule, and its sentence no fact that is not a parameter, too.

Programs and other languages know the rule and its parameters only: whoever reads Chinese would learn less than the English
line says. A fact is what a sentence is formatted with, unless it is a word of the program's own: the noun of an object, the
name of a field, the action that was asked for.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ops/methods"))
import refusals  # noqa: E402

CALL = re.compile(r"\b(call_fail|violation_add)\s*\(")
RULE, FORMAT = 3, 4  # their arguments
WORD = re.compile(r"\b(noun|name|path|action|what|why|message)\b")
PARAM = re.compile(r"\bcall_add_param\(|\bparams\[\d\]\s*=")


def sources():
    for folder in ("libcommon/base", "libcommon/service", "services"):
        for path in sorted((ROOT / folder).rglob("*.c")):
            if "broker" not in path.parts:  # its refusals are a table
                yield path, re.sub(r"/\*.*?\*/", lambda found: "\n" * found.group().count("\n"), path.read_text(), flags=re.S)


def faults_of(text):
    """(where in the text, what is wrong) of each refusal."""
    calls = list(CALL.finditer(text))
    for i, call in enumerate(calls):
        args, end = refusals.arguments(text, call.end() - 1)
        if args[-1] == "...":
            continue  # the definition
        next_call = calls[i + 1].start() if i + 1 < len(calls) else len(text)
        behind = text[end:min(next_call, text.find("\n}", end))]
        if args[RULE] == '""':
            yield call.start(), "no rule"
        facts = [arg for arg in args[FORMAT + 1:] if not WORD.search(re.sub(refusals.STRING, "", arg))]
        if len(facts) > len(PARAM.findall(behind)):
            yield call.start(), "its sentence says what no parameter does: " + ", ".join(" ".join(fact.split()) for fact in facts)


def main():
    found = [f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, at) + 1}: {what}"
             for path, text in sources() for at, what in faults_of(text)]
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
