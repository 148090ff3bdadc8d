#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""written.py [--wrap [FILE…]] - what people write by hand: its columns, the files that it names, its words, subjects of commits

A line has as many columns as CONTRIBUTING.md says for what it is (columns_of); a wide character takes two. A path or a
file that a comment or a document names is there. A comment or a document says no word of the left column of
CONTRIBUTING.md's list of words. A commit since SINCE has a subject of at most 72 characters.
Prints what does not hold; exit code 1 when something is.

--wrap fills the paragraphs of Markdown pages and those of comments that have a line which is too long, in these files
or in all; tables, code and what is indented stay.

Whatever a migration says stays: where it was applied the sum of its text is kept, comments included. Its columns alone
are looked at, as it is written.
"""
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SUBJECT, SINCE = 72, datetime(2026, 11, 30, 14, tzinfo=timezone.utc)
EXCUSED: frozenset[str] = frozenset()  # the first seven digits of those that nobody can amend any more
C_COLUMNS, COLUMNS, SCRIPT_COLUMNS = 100, 120, 140
PRINTED = {"ops/doc/" + page for page in ("methods.json", "life-cycles.md", "ends.md", "permissions.md", "audiences.md")}
DATA = (".json", ".csv", ".txt", ".vec", ".supp", ".svg", ".xlsx")  # and what tools write
ROOTS = "libcommon|services|ops|tests|proto"
PATH = re.compile(rf"(?<![\w/.{{}}$*<@-])((?:{ROOTS})/[\w./-]*\w)(?![\w]*[*<{{$…])")
FILE = re.compile(r"(?<![\w/.*<>}{$%-])([a-z]\w*\.(?:c|h|py|proto|md|sh|sql|mjs))\b")
# Of libraries, made by the build, and examples.
FOREIGN = re.compile(r"^((syslog|czmq)\.h|\w+_methods\.h|registry_unit\.proto|x(_\w+)?\.[ch]|find_unit\.c|plaque\.\w+|\w+_plaques?\.c)$")
BUILT = {"services/broker/jusha-broker", "ops/cli/jusha", "tests/attack/hostile", "tests/bench/echo", "services/service_names.h",
         "proto/types.c"}


def tracked() -> dict[str, str]:
    """Path -> text, of what git knows, is there, and is written by hand."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    found = {}
    for name in names.split("\0"):
        path = CHECKOUT / name
        if name and path.is_file() and not path.is_symlink():
            found[name] = path.read_bytes().decode("utf-8", "replace")
    return found


def is_by_hand(name: str, text: str) -> bool:
    return name not in PRINTED and not name.endswith(DATA) and "\0" not in text and not name.endswith("LICENSE")


def is_migration(name: str) -> bool:
    return name.endswith(".sql") and "db" in name.split("/")[:-1]


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line.rstrip(" \\").expandtabs())


# ---- columns ----

def sign_of(name: str) -> str:
    return "//" if name.endswith((".proto", ".mjs")) else "--" if name.endswith(".sql") else "#"


def may_be_long(name: str, line: str, is_code: bool) -> bool:
    """A row of a table, a line of a program's output, what clang-format leaves as it is; what is one word, as an address is."""
    return is_code or (name.endswith(".md") and line.lstrip().startswith("|")) or len(line.split()) < 3


def as_it_is(lines: list[str], name: str) -> Iterator[tuple[int, str, bool]]:
    """Lines with their numbers; True: of code in Markdown, or of rows that clang-format leaves as they are."""
    off, before = False, ""
    for number, line in enumerate(lines, 1):
        if name.endswith(".md"):
            off ^= line.lstrip().startswith("```")
        elif "clang-format off" in line:
            off = True
        elif "clang-format on" in line:
            off = False
        is_code = name.endswith(".md") and line.startswith("    ") and before in ("", line[:4])
        yield number, line, off or is_code
        before = line[:4] if is_code or not line.strip() else line


def columns_of(name: str, line: str) -> int:
    if name.endswith((".c", ".h")):
        return COLUMNS if re.match(r" \*   ?", line) else C_COLUMNS  # a drawing or a table in a comment
    is_prose = name.endswith((".md", ".proto")) or line.lstrip().startswith(f"{sign_of(name)} ")
    return COLUMNS if is_prose else SCRIPT_COLUMNS


def too_long(name: str, text: str) -> Iterator[str]:
    for number, line, is_off in as_it_is(text.split("\n"), name):
        limit = columns_of(name, line)
        if width(line) > limit and not may_be_long(name, line, is_off):
            yield f"{name}:{number}: {width(line)} columns, more than {limit}"


# ---- comments ----

def comments(name: str, text: str) -> Iterator[tuple[int, str]]:
    """Lines of comments and of documents, with their numbers."""
    if name.endswith(".md"):
        yield from enumerate(text.split("\n"), 1)
    elif name.endswith((".c", ".h")):
        for found in re.finditer(r"/\*.*?\*/", text, re.S):
            yield from enumerate(found[0].split("\n"), 1 + text.count("\n", 0, found.start()))
    else:
        for number, line in enumerate(text.split("\n"), 1):
            if found := re.search(rf"(?:^|\s){sign_of(name)}\s(.*)", line):
                yield number, found[1]


def stale(name: str, text: str, known: set[str]) -> Iterator[str]:
    files = {path.rsplit("/", 1)[-1] for path in known}
    for number, line in comments(name, text):
        for path in PATH.findall(line):
            if path not in known and path not in BUILT and path.upper() != path and not re.search("[A-Z]{3}", path):
                yield f"{name}:{number}: there is no {path}"
        for file in FILE.findall(line):
            if file not in files and not file.endswith(".pb-c.h") and not FOREIGN.match(file):
                yield f"{name}:{number}: there is no {file}"


# ---- words ----

def word_list() -> list[tuple[re.Pattern[str], str, str]]:
    """Pattern, the word, and what to say instead: the rows of the table behind "## Words" in CONTRIBUTING.md."""
    section = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("\n## Words\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", section, re.M)[2:]
    return [(re.compile(rf"\b{re.escape(word.strip())}\b", re.I), word.strip(), instead.strip())
            for words, instead in rows for word in words.split(",")]


def private(name: str, text: str, words: list[tuple[re.Pattern[str], str, str]]) -> Iterator[str]:
    before = ""  # the line before, as words may stand on both
    for number, line in comments(name, text):
        line = line.strip(" */")
        for pattern, word, instead in words:
            if not line.startswith("|") and pattern.search(f"{before} {line}") and not pattern.search(before):
                yield f'{name}:{number}: "{word}": say {instead}'
        before = line


# ---- commits ----

def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def long_subjects() -> Iterator[str]:
    """By when they were written: a rebase gives the old ones another date of commit."""
    for line in git("log", "--no-merges", f"--since={SINCE.isoformat()}", "--format=%h %at %s").splitlines():
        commit, written, subject = line.split(" ", 2)
        if int(written) >= SINCE.timestamp() and len(subject) > SUBJECT and commit[:7] not in EXCUSED:
            yield f"commit {commit}: its subject has {len(subject)} characters, more than {SUBJECT}: {subject}"


# ---- wrapping ----

def filled(lines: list[str], first: str, prefix: str, columns: int) -> list[str]:
    """The words of these lines, wide characters taken as such, behind `first` and then `prefix`."""
    out, line = [], first
    for word in " ".join(lines).split():
        is_begin = line in (first, prefix)
        if not is_begin and width(line) + 1 + width(word) > columns:
            out.append(line)
            line, is_begin = prefix, True
        line += word if is_begin else " " + word
    return [*out, line]


def wrapped_page(text: str) -> str:
    """Markdown with each paragraph and list item filled."""
    out: list[str] = []
    block: list[str] = []

    def end_block() -> None:
        if block:
            begin = re.match(r"\s*(?:[-*] |\d+\. )?", block[0])[0]
            out.extend(filled([block[0][len(begin):], *block[1:]], begin, " " * len(begin), COLUMNS))
            block.clear()

    for _, line, is_code in as_it_is(text.split("\n"), "page.md"):
        if is_code or re.match(r"\s*(?:```|\||#|$)", line):
            end_block()
            out.append(line)
            continue
        if re.match(r"\s*(?:[-*]|\d+\.) ", line):
            end_block()
        block.append(line)
    end_block()
    return "\n".join(out)


def wrapped_lines(lines: list[str], prefix: str, columns: int) -> list[str]:
    """Lines of a comment without their signs; paragraphs with a line that is too long are filled, what is indented stays."""
    out: list[str] = []
    paragraph: list[str] = []

    def end_paragraph() -> None:
        if any(width(prefix + line) > columns for line in paragraph):
            out.extend(line[len(prefix):] for line in filled(paragraph, prefix, prefix, columns))
        else:
            out.extend(paragraph)
        paragraph.clear()

    for line in lines:
        if not line.strip() or line.startswith((" ", "|", "-", "SPDX-")):
            end_paragraph()
            out.append(line)
        else:
            paragraph.append(line)
    end_paragraph()
    return out


def wrapped_c(text: str) -> str:
    """C with those comments filled that have lines of their own."""
    def wrap(found: re.Match[str]) -> str:
        indent, inside = found[1], found[2]
        if max(width(line) for line in found[0].split("\n")) <= C_COLUMNS:
            return found[0]
        is_block = inside.startswith("\n")
        lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in inside.strip().split("\n")]
        lines = wrapped_lines(lines, indent + " * ", C_COLUMNS - (0 if is_block else 3))
        body = f"\n{indent} * ".join(lines).replace(f"\n{indent} * \n", f"\n{indent} *\n")
        return f"{indent}/*\n{indent} * {body}\n{indent} */" if is_block else f"{indent}/* {body} */"

    return re.sub(r"^([ ]*)/\*((?:(?!\*/).)*)\*/$", wrap, text, flags=re.M | re.S)


def wrapped_hash(text: str, sign: str) -> str:
    """A script or contract with those comments filled that have lines of their own."""
    def wrap(found: re.Match[str]) -> str:
        prefix = re.match(rf"\s*{sign} ", found[0])[0]
        lines = [line[len(prefix):] for line in found[0].split("\n")]
        return "\n".join(prefix + line for line in wrapped_lines(lines, prefix, COLUMNS))

    return re.sub(rf"^([ ]*){sign} .*(?:\n\1{sign} .*)*$", wrap, text, flags=re.M)


def wrapped(name: str, text: str) -> str:
    if is_migration(name):
        return text
    if name.endswith(".md"):
        return wrapped_page(text)
    return wrapped_c(text) if name.endswith((".c", ".h")) else wrapped_hash(text, sign_of(name))


def main() -> int:
    files = {name: text for name, text in tracked().items() if is_by_hand(name, text)}
    if sys.argv[1:2] == ["--wrap"]:
        for name in sys.argv[2:] or [name for name, text in files.items() if any(too_long(name, text))]:
            (CHECKOUT / name).write_text(wrapped(name, files[name]), encoding="utf-8")
        return 0
    wrong, words = [], word_list()
    known = {str(path) for name in tracked() for path in (Path(name), *Path(name).parents)}
    for name, text in files.items():
        wrong += too_long(name, text)
        wrong += [] if is_migration(name) else [*stale(name, text, known), *private(name, text, words)]
    wrong += long_subjects()
    print("\n".join(wrong) or f"{len(files)} files are written as CONTRIBUTING.md says")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
