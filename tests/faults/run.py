# SPDX-License-Identifier: Apache-2.0
"""run.py - what a run left: history, subscribers' records, tables; read from its folder

A checker gets a Run and never asks where it is: tables are read from the database while the system is up (and kept
in the folder), from the folder afterwards. Rows are dicts as PostgreSQL makes JSON of them: bytea is "\\x…".
"""
import json
from functools import cached_property
from pathlib import Path

import history
import hostile
from stack import Stack

RESTARTED = "# restarted"  # a line of a subscriber's record: here it was killed and ran again


class Run:
    def __init__(self, folder: Path, stack: Stack | None = None):
        self.folder, self.stack = folder, stack
        self.tables: dict[str, list[dict]] = {}

    @cached_property
    def history(self) -> list[dict]:
        return history.read(self.folder / "history.jsonl")

    @cached_property
    def about(self) -> dict:
        """seed, streets, services."""
        return json.loads((self.folder / "run.json").read_text(encoding="utf-8"))

    @property
    def streets(self) -> list[str]:
        return self.about["streets"]

    @property
    def services(self) -> list[str]:
        return self.about["services"]

    @cached_property
    def subscribers(self) -> dict[str, list[str]]:
        """By name (STREET_NUMBER): printed lines, and RESTARTED where the process ran again. A line before RESTARTED
        may have been cut by SIGKILL."""
        return {path.stem: path.read_text(encoding="utf-8", errors="replace").splitlines()
                for path in sorted((self.folder / "subscribers").glob("*.jsonl"))}

    @cached_property
    def hostile(self) -> dict[str, tuple[dict, list[dict]]]:
        """By attacker: its figures, and what reached it though it is not its own."""
        return hostile.read(self.folder / "hostile")

    def table(self, name: str) -> list[dict]:
        """Every row of "registry.unit" and the like."""
        if name not in self.tables:
            path = self.folder / "tables" / f"{name}.jsonl"
            if not path.exists():
                self.dump(name, path)
            with open(path, encoding="utf-8") as file:
                self.tables[name] = [json.loads(line) for line in file]
        return self.tables[name]

    def table_names(self) -> list[str]:
        """Of all services, without the partitions of tables."""
        if self.stack is None:
            return sorted(path.stem for path in (self.folder / "tables").glob("*.jsonl"))
        ours = ",".join(self.services)
        rows = self.stack.psql("SELECT n.nspname || '.' || c.relname AS name FROM pg_class c"
                               " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')"
                               f" AND NOT c.relispartition AND n.nspname = ANY('{{{ours}}}') ORDER BY 1")
        return [row["name"] for row in rows]

    def dump(self, name: str, path: Path) -> None:
        if self.stack is None:
            raise FileNotFoundError(f"{path}: this run was not kept with its tables")
        path.parent.mkdir(exist_ok=True)
        self.stack.copy_out(f"SELECT row_to_json(r) FROM {name} r", path)

    def dump_all(self) -> None:
        for name in self.table_names():
            self.table(name)
