#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_both_places.py - both_places.py names what is forgotten: files and a life cycle that are nowhere but in its list"""
import unittest
from unittest import mock

import both_places

FORGOTTEN = "services/registry/unit/forgotten.c"
CYCLE = "const struct life_cycle forgotten_life_cycle = {\n"


def text_with(planted: dict[str, str]):
    text = both_places.text
    return mock.patch.object(both_places, "text", lambda path: planted[path] if path in planted else text(path))


class BothPlaces(unittest.TestCase):
    def setUp(self):
        self.names = both_places.files()

    def test_names_a_file_that_no_build_names(self):
        for name in ("proto/jusha/registry/v1/forgotten.proto", "tests/db/test_forgotten.c", FORGOTTEN):
            self.assertEqual(list(both_places.unbuilt([*self.names, name])), [f"{name}: no meson.build names it"])

    def test_names_a_life_cycle_that_is_neither_drawn_nor_walked(self):
        with text_with({FORGOTTEN: CYCLE}):
            wrong = list(both_places.unwalked([*self.names, FORGOTTEN]))
        self.assertEqual(len(wrong), 3, wrong)
        for word, line in zip(("has no page", "(walk_life_cycle)", "(walk_get_on)"), wrong):
            self.assertIn(word, line)

    def test_names_a_statement_that_nothing_runs(self):
        for kind in ("STATEMENT", "SHARED_STATEMENT"):
            with text_with({FORGOTTEN: f'{kind}(forgotten_rows, .sql = "SELECT");\n'}):
                wrong = list(both_places.unused([*self.names, FORGOTTEN]))
            self.assertEqual(wrong, [f"{FORGOTTEN}: nothing runs the statement forgotten_rows"])

    def test_names_an_excuse_that_is_none_any_more(self):
        walk = "tests/db/forgotten.c"
        with text_with({walk: "walk_life_cycle(person_life_cycle)"}):
            wrong = list(both_places.unwalked([*self.names, walk]))
        self.assertEqual(len(wrong), 1, wrong)
        self.assertIn("person_life_cycle", wrong[0])

    def test_names_migrations_of_one_schema_with_one_version(self):
        first = {}
        for name in self.names:
            if found := both_places.MIGRATION.fullmatch(name):
                first.setdefault(found[1], (name, found[2]))
        runtime, version = first["libcommon"]
        for whose, (own, own_version) in first.items():
            again = f"{whose}/db/{own_version}_zz.sql"
            self.assertIn(f"{again}: has the version of {own}, which is of the same schema",
                          list(both_places.unmigrated([*self.names, again])))
            if whose != "libcommon":
                again = f"{whose}/db/{version}_zz.sql"
                self.assertEqual(list(both_places.unmigrated([*self.names, again])),
                                 [f"{again}: has the version of {runtime}, which is of the same schema"])

    def test_names_an_event_that_the_page_does_not_tell(self):
        name = "proto/jusha/registry/v1/events.proto"
        with text_with({name: "message Forgotten {\n}\n"}):
            wrong = list(both_places.unlisted([name]))
        self.assertEqual(wrong, [f"{name}: ops/doc/events.md does not say when Forgotten is said"])

    def test_lets_two_schemas_have_one_version(self):
        names = [f"services/{service}/db/29991231000000_zz.sql" for service in ("registry", "selection")]
        self.assertEqual(list(both_places.unmigrated([*self.names, *names])), [])

    def test_names_a_migration_without_a_version(self):
        name = "services/registry/db/forgotten.sql"
        self.assertEqual(list(both_places.unmigrated([*self.names, name])),
                         [f"{name}: its name begins with no version, so dbmate does not see it"])


if __name__ == "__main__":
    unittest.main()
