#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Everything that the command line says is said in Chinese, too.

Reads the sources of ops/cli: whatever is marked (speak("…"), SPOKEN("…")) and whatever else looks like a sentence, two
words of small letters in a literal, has to have a row in the tables of ops/cli/language; no row may be left over.
--missing prints what lacks, as rows to fill in. What the story says has both languages in a table of its own.
"""
import ast
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LANGUAGE = ROOT / "ops/cli/language"
LITERALS = r'(?:"(?:[^"\\\n]|\\.)*"\s*(?:PRI\w+\s*)?)+'
MARKED = re.compile(r"\b(?:speak|SPOKEN)\(\s*(" + LITERALS + r")\)")
ANY = re.compile(LITERALS)
ROW = re.compile(r"\{\s*(" + LITERALS + r"),\s*(" + LITERALS + r")\}")
WORDS = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
# Not for people: JSON, and lines for machines.
NOT_SAID = {""}
# Values of methods.json.
SAID_BY_OTHERS = ("command", "query", "own community", "own unit", "self", "street")


def text_of(literals):
    """What the compiler makes of adjacent literals."""
    return "".join(ast.literal_eval(part) for part in re.findall(r'"(?:[^"\\\n]|\\.)*"', literals))


def without_comments(source):
    return re.sub(r"/\*.*?\*/", " ", source, flags=re.S)


def said(path):
    """(what is said, where) of one file."""
    source = without_comments(path.read_text())
    source = re.sub(r"^#(include|define SPOKEN).*$", "", source, flags=re.M)
    source = re.sub(r"\bstatic_assert\(.*?\);", "", source, flags=re.S)
    for found in list(MARKED.finditer(source)):
        yield text_of(found.group(1))
    for found in ANY.finditer(source):
        text = text_of(found.group(0))
        if WORDS.search(text) and not text.lstrip().startswith("{"):
            yield text


def said_by_client():
    """What the client answers itself where no server does."""
    for path in ROOT.glob("libcommon/bus/client*.c"):
        for call in re.findall(r"request_refusal\([^;]*;", path.read_text()):
            for literals in ANY.findall(call):
                yield text_of(literals)


def said_of_phones():
    """What both the server and a loaded cell say of a number, where it stands once."""
    text = re.search(r"#define PHONE_FORMS\s((?:.*\\\n)*.*)", (ROOT / "libcommon/base/phone.h").read_text()).group(1)
    return "it " + text_of(text.replace("\\\n", "\n"))


def rules():
    """Every rule of the contract, and those by which JSON is read."""
    catalogue = json.loads((ROOT / "ops/doc/methods.json").read_text())
    lists = [catalogue["broker"], catalogue["every_method"], *(method["rules"] for method in catalogue["methods"])]
    found = {rule["rule"] for rules_of_one in lists for rule in rules_of_one}
    text = (ROOT / "libcommon/base/json.h").read_text()
    return found | set(re.findall(r'"(\w+)"', text[text.index("names the path and the rule"):text.index('"depth"')]))


def params():
    """Every param of a rule, and those that the program adds itself."""
    catalogue = json.loads((ROOT / "ops/doc/methods.json").read_text())
    lists = [catalogue["broker"], catalogue["every_method"], *(method["rules"] for method in catalogue["methods"])]
    found = {param for rules_of_one in lists for rule in rules_of_one for param in rule["params"]}
    return found | set(re.findall(r'add_param\(memory, violation, "(\w+)"', (ROOT / "ops/cli/mistakes.c").read_text()))


def twice(name):
    """Left sides that two rows of one table have: only the first is ever found."""
    for table in (LANGUAGE / name).read_text().split("{0}"):
        found = [text_of(english) for english, _ in ROW.findall(without_comments(table))]
        yield from sorted({text for text in found if found.count(text) > 1})


def rows_of(name, table=None):
    """English -> Chinese of a file's tables, or of one."""
    text = (LANGUAGE / name).read_text()
    if table:
        text = text[text.index(f"{table}[] ="):].split("{0}")[0]
    return {text_of(english): text_of(chinese) for english, chinese in ROW.findall(without_comments(text))}


def tables():
    """English -> Chinese of language/*.c, without the rules."""
    return {**rows_of("help.c"), **rows_of("said.c")}


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\v", "\\v") + '"'


def main():
    rows, wanted = tables(), {}
    sources = [*ROOT.glob("ops/cli/*.c"), *ROOT.glob("ops/cli/load/*.c"), *ROOT.glob("ops/cli/keys/*.c"), ROOT / "ops/demo/main.c"]
    for path in sources:
        for text in said(path):
            for part in text.split("\v"):
                if not (part.startswith(">") or part in NOT_SAID):
                    wanted.setdefault(part, path.relative_to(ROOT))
                elif part.startswith(">"):
                    wanted.setdefault(part[1:], path.relative_to(ROOT))
    for word in SAID_BY_OTHERS:
        wanted.setdefault(word, "the rows of services")
    for text in said_by_client():
        wanted.setdefault(text, "libcommon/bus")
    wanted.setdefault(said_of_phones(), "libcommon/base/phone.h")
    missing = [text for text in wanted if text not in rows and re.search("[a-zA-Z]", text)]
    if "--missing" in sys.argv:
        for text in missing:
            print(f"    /* {wanted[text]} */\n    {{{quoted(text)},\n     \"\"}},")
        return 0
    faults = [f"{wanted[text]}: not said in Chinese: {text}" for text in missing]
    faults += [f"nobody says any more: {text}" for text in rows if text not in wanted]
    faults += [f"no Chinese in: {text}" for text in rows.values() if not re.search("[\u4e00-\u9fff]", text)]
    faults += [f"rule without Chinese: {rule}" for rule in sorted(rules() - set(rows_of("rules.c", "sentences_of_rules")))]
    faults += [f"param without Chinese: {param}" for param in sorted(params() - set(rows_of("rules.c", "sentences_of_params")))]
    faults += [f"{name}: two rows: {text}" for name in ("help.c", "said.c", "rules.c") for text in twice(name)]
    print("\n".join(faults))
    return 1 if faults else 0


sys.exit(main())
