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
        self.assertEqual(len(wrong), 2, wrong)
        self.assertIn("has no page", wrong[0])
        self.assertIn("is walked by no test", wrong[1])

    def test_names_a_statement_that_nothing_runs(self):
        for kind in ("STATEMENT", "SHARED_STATEMENT"):
            with text_with({FORGOTTEN: f'{kind}(forgotten_rows, .sql = "SELECT");\n'}):
                wrong = list(both_places.unused([*self.names, FORGOTTEN]))
            self.assertEqual(wrong, [f"{FORGOTTEN}: nothing runs the statement forgotten_rows"])

    def test_names_an_excuse_that_is_none_any_more(self):
        walk = "tests/db/forgotten.c"
        with text_with({walk: "person_life_cycle"}):
            wrong = list(both_places.unwalked([*self.names, walk]))
        self.assertEqual(len(wrong), 1, wrong)
        self.assertIn("person_life_cycle", wrong[0])


if __name__ == "__main__":
    unittest.main()
