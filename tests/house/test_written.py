#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_written.py - written.py --wrap fills what people wrote, and joins nothing that has a line of its own"""
import unittest

import written

LONG = "word " * 40
HEAD = "#!/bin/bash\n# SPDX-License-Identifier: Apache-2.0\n"
EXAMPLE = "```proto\n// GetX gives one. Staff.\nrpc GetX(GetXRequest) returns (GetXResponse);\n```\n"


class Wrap(unittest.TestCase):
    def test_fills_a_comment_below_the_licence(self):
        text = written.wrapped("ops/x", f"{HEAD}# x - {LONG}\n")
        self.assertTrue(text.startswith(f"{HEAD}# x - word word"), text)
        self.assertEqual(list(written.too_long("ops/x", text)), [])

    def test_leaves_a_migration_as_it_was_applied(self):
        for name in ("libcommon/db/20270101000000_x.sql", "services/registry/db/20270101000000_x.sql"):
            self.assertEqual(written.wrapped(name, f"-- {LONG}\n"), f"-- {LONG}\n")
        self.assertNotEqual(written.wrapped("ops/lib/restored.sql", f"-- {LONG}\n"), f"-- {LONG}\n")

    def test_leaves_code_of_a_page(self):
        self.assertEqual(written.wrapped("x.md", f"{EXAMPLE}\n{LONG}\n")[:len(EXAMPLE)], EXAMPLE)


if __name__ == "__main__":
    unittest.main()
