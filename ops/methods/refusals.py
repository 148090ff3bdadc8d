# SPDX-License-Identifier: Apache-2.0
"""What handlers refuse by, read from the preprocessed sources.

A method's row names its handler and statements, those name others, and so on: a graph of definitions. Refusals are calls
of call_fail and violation_add, calls of functions that hand a parameter named `rule` on to them, and rows of tables
{…, STATUS_X, "field", "rule", "message"}. What a method may answer is what stands in any definition that its row reaches.
"""
import collections
import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess

STRING = r'"(?:[^"\\]|\\.)*"'
STRINGS = rf"{STRING}(?:\s*{STRING})*"
ROW = re.compile(rf"STATUS_([A-Z_]+),\s*({STRINGS}),\s*({STRINGS}),")
ROW_OF_OBJECT = re.compile(rf"STATUS_([A-Z_]+),\s*\.rule\s*=\s*({STRINGS})")
PARAM = re.compile(rf"struct violation_param\)?\s*\{{\s*(?:\.key\s*=\s*)?({STRING})")
# Where the name of the status, the field and the rule stand among the arguments.
REFUSERS = {"call_fail": (1, 2, 3), "violation_add": ("FAILED_PRECONDITION", 2, 3)}

Definition = collections.namedtuple("Definition", "name file text static parameters")
Refusal = collections.namedtuple("Refusal", "field rule code params")


def text_of(literals):
    return "".join(json.loads(part) for part in re.findall(STRING, literals))


def preprocessed(entry, root):
    """The project's own lines of a source, with macros expanded."""
    words = [word for word in shlex.split(entry["command"]) if word not in ("-c", "ccache")]
    del words[words.index("-o"):words.index("-o") + 2]
    out = subprocess.run([*words, "-E"], cwd=entry["directory"], capture_output=True, text=True, check=True).stdout
    ours, lines = False, []
    for line in out.split("\n"):
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            path = pathlib.Path(entry["directory"], marker.group(1)).resolve()
            ours = path.is_relative_to(root) and not path.is_relative_to(entry["directory"])
        elif ours:
            lines.append(line)
    return " ".join(lines)


def chunks(text):
    """What stands at the top of a file, one definition or declaration at a time."""
    start = depth = i = 0
    while i < len(text):
        char = text[i]
        if char == '"':
            i = re.compile(STRING).match(text, i).end()
            continue
        if char == "'":
            i += 4 if text[i + 1] == "\\" else 3
            continue
        depth += char in "([{"
        depth -= char in ")]}"
        ends_function = char == "}" and depth == 0 and "=" not in head_of(text[start:i]) and ")" in head_of(text[start:i])
        if depth == 0 and (char == ";" or ends_function):
            yield text[start:i + 1].strip()
            start = i + 1
        i += 1


def head_of(chunk):
    return chunk.split("{", 1)[0]


def definitions(text, file):
    for chunk in chunks(text):
        head = head_of(chunk)
        function = re.match(r"[^=;(]*?(\w+)\s*\(([^{;]*)\)\s*$", head)
        variable = re.match(r"[^={(]*?(\w+)\s*(?:\[\w*\]\s*)*(?:__attribute__\s*\(\(.*?\)\)\s*)?=", chunk)
        pointers = re.match(r"[^={]*?\(\s*\*\s*(?:const\s+)?(\w+)\s*\[\w*\]\s*\)[^={]*=", chunk)
        found = pointers or (variable if "=" in head or not function else function)
        if found is None or "{" not in chunk:
            continue
        names = [re.search(r"(\w+)\W*$", part) for part in function.group(2).split(",")] if found is function else []
        yield Definition(found.group(1), file, chunk, head.lstrip().startswith("static"),
                         [name.group(1) if name else "" for name in names])


def arguments(text, start):
    """The arguments of a call whose bracket opens at start, and where it closes."""
    depth, begin, found, i = 0, start + 1, [], start
    while True:
        char = text[i]
        if char == '"':
            i = re.compile(STRING).match(text, i).end()
            continue
        depth += char in "([{"
        depth -= char in ")]}"
        if (char == "," and depth == 1) or depth == 0:
            found.append(text[begin:i].strip())
            begin = i + 1
        if depth == 0:
            return found, i
        i += 1


class Sources:
    """All definitions, and which function hands what on."""

    def __init__(self, build, root, wanted):
        self.by_file, self.shared = collections.defaultdict(dict), {}
        entries = {}
        for entry in json.loads(pathlib.Path(build, "compile_commands.json").read_text()):
            path = str(pathlib.Path(entry["directory"], entry["file"]).resolve().relative_to(root))
            if wanted(path):
                entries[path] = entry
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            texts = pool.map(lambda entry: preprocessed(entry, root), entries.values())
            for path, text in zip(entries, texts):
                self.take(path, text)
        self.refusers = dict(REFUSERS)
        self.params = collections.defaultdict(tuple)  # of those who hand on
        self.find_refusers()

    def take(self, path, text):
        for found in definitions(text, path):
            self.by_file[path][found.name] = found
            if not found.static:
                self.shared[found.name] = found

    def file_of(self, row):
        """The file that defines a method's row."""
        return next(path for path, found in self.by_file.items() if row in found and " method " in found[row].text[:40])

    def lookup(self, name, file):
        return self.by_file[file].get(name) or self.shared.get(name)

    def calls(self, definition):
        """(name, arguments, places of status, field and rule, text behind) of each refusing call."""
        calls = list(re.finditer(r"\b(" + "|".join(self.refusers) + r")\s*\(", definition.text))
        for i, call in enumerate(calls):
            if definition.name == call.group(1) or call.start() < len(head_of(definition.text)):
                continue
            args, end = arguments(definition.text, call.end() - 1)
            until = calls[i + 1].start() if i + 1 < len(calls) else len(definition.text)
            yield call.group(1), args, self.refusers[call.group(1)], definition.text[end:until]

    @staticmethod
    def params_in(text):
        return tuple(dict.fromkeys(text_of(key) for key in PARAM.findall(text)))

    def find_refusers(self):
        """Functions that are called with the rule, until there are no more of them."""
        for _ in range(4):
            for file in self.by_file.values():
                for definition in file.values():
                    if not {"rule", "field"} & set(definition.parameters) or definition.name in self.refusers:
                        continue
                    for _, args, places, behind in self.calls(definition):
                        handed = tuple(self.hand_on(definition, args, place) for place in places)
                        if any(isinstance(place, int) for place in handed):
                            self.refusers[definition.name] = handed
                            self.params[definition.name] += self.params_in(behind)

    @staticmethod
    def hand_on(definition, args, place):
        """A parameter's place, or what stands there itself."""
        if not isinstance(place, int):
            return place
        names = re.findall(r"\w+", re.sub(STRING, "", args[place]))
        own = [name for name in names if name in definition.parameters and name != "call"]
        return definition.parameters.index(own[-1]) if own else args[place]

    def of_method(self, row, file, within, is_query):
        """All that a method may be refused by; what it writes is no query's."""
        reached = [found for found in self.reached(row, file, within)
                   if not (is_query and found.name == "violations")]
        passed_on = tuple(param for definition in reached for param in self.params_passed_on(definition))
        for definition in reached:
            for refusal in self.refusals(definition):
                if refusal.field.startswith("->"):
                    refusal = refusal._replace(params=refusal.params + passed_on)
                for field in self.members(refusal.field, reached):
                    yield refusal._replace(field=field)

    def params_passed_on(self, definition):
        """Params that another violation gets beside its own, where one of many dates is refused: why->rule."""
        for _, args, places, behind in self.calls(definition):
            rule = args[places[2]] if isinstance(places[2], int) else ""
            if rule.endswith("->rule"):
                yield from self.params_in(behind)

    @staticmethod
    def members(field, reached):
        """The fields that a table of the method's own names for "->start"."""
        if not field.startswith("->"):
            return [field]
        named = re.compile(rf"\.{field[2:]}\s*=\s*({STRINGS})")
        tables = [found.text for found in reached if re.search(r"struct \w+_fields \w+\s*=", found.text)]
        return sorted({text_of(name) for text in tables for name in named.findall(text)}) or [""]

    def refusals(self, definition):
        for code, field, rule in ROW.findall(definition.text):
            yield Refusal(text_of(field), text_of(rule), code, ())
        for code, rule in ROW_OF_OBJECT.findall(definition.text):
            yield Refusal(self.id_of_object(definition), text_of(rule), code, ())
        for name, args, places, behind in self.calls(definition):
            status, field, rule = (args[place] if isinstance(place, int) and place < len(args) else str(place)
                                   for place in places)
            if definition.name in self.refusers and any(part in definition.parameters for part in (field, rule)):
                continue  # those who call it say
            params = self.params[name] + self.params_in(behind)
            for literal in re.findall(STRINGS, rule):
                if text_of(literal):
                    yield Refusal(self.field_of(field), text_of(literal), self.code_of(status, text_of(literal)), params)

    def id_of_object(self, definition):
        name = re.search(r"\.object\s*=\s*&(\w+)", definition.text)
        found = name and self.lookup(name.group(1), definition.file)
        key = found and re.search(rf"\.id\s*=\s*({STRING})", found.text)
        return text_of(key.group(1)) if key else ""

    @staticmethod
    def field_of(expression):
        """What is known of it: "unit.%s" is "unit.*", an index is "[]", fields->start "->start"."""
        literals = [text_of(part) for part in re.findall(STRINGS, expression)]
        if literals:
            return re.sub(r"\[%\w+\]", "[]", literals[0]).replace("%s", "*")
        member = re.search(r"->(\w+)\W*$", expression)
        return f"->{member.group(1)}" if member else ""

    @staticmethod
    def code_of(expression, rule):
        codes = re.findall(r"STATUS_([A-Z_]+)", expression) or [expression]
        known = re.fullmatch(r"[A-Z_]+", codes[0])
        if rule == "exists" and expression == "FAILED_PRECONDITION":
            return "NOT_FOUND"  # of several violations: booking_refuse
        return codes[0] if known else "FAILED_PRECONDITION"

    def reached(self, name, file, within):
        """All definitions that this one leads to, in files that `within` accepts."""
        todo, seen = [self.lookup(name, file)], {}
        while todo:
            definition = todo.pop()
            if definition is None or (definition.file, definition.name) in seen or not within(definition.file):
                continue
            seen[definition.file, definition.name] = definition
            names = set(re.findall(r"\b[a-z_]\w*\b", re.sub(STRING, "", definition.text))) - {definition.name}
            todo.extend(self.lookup(found, definition.file) for found in names)
        return seen.values()
