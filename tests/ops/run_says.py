#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""run_says.py - what somebody who calls ops/run at a terminal sees first: how to leave, and how far the build is

ninja is a stand-in that tells of three steps and fails, so that nothing is built and nothing started; meson is one that
does nothing. The state is a folder of its own.
"""
import os
import pty
import re
import select
import sys
import tempfile
import time
import unittest
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
GIVE_UP_S = 120
NINJA = """#!/bin/bash
printf '[1/3] one\\n[2/3] two\\n[3/3] three\\nFAILED: no\\n'
exit 1
"""


def see(folder: Path, *arguments: str) -> tuple[str, int]:
    """All that stands on the terminal at the end, carriage returns included, and the exit code."""
    programs = folder / "programs"
    programs.mkdir()
    for name, text in (("ninja", NINJA), ("meson", "#!/bin/sh\n")):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"PATH": f"{programs}:{os.environ['PATH']}", "JUSHA_STATE": str(folder / "state")}
        os.execv(CHECKOUT / "ops/run", ["ops/run", *arguments])
    seen, end = b"", time.monotonic() + GIVE_UP_S
    while time.monotonic() < end and select.select([terminal], [], [], max(end - time.monotonic(), 0))[0]:
        try:
            seen += os.read(terminal, 65536)
        except OSError:  # its last process has closed it
            break
    os.close(terminal)  # whatever is left hears SIGHUP
    return seen.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Run(unittest.TestCase):
    def seen(self, *arguments: str) -> tuple[str, int, Path]:
        folder = tempfile.TemporaryDirectory(prefix="jusha-run-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o711)
        return *see(Path(folder.name), *arguments), Path(folder.name)

    def test_says_first_how_to_leave_and_where_data_stay(self):
        text, code, folder = self.seen()
        self.assertEqual(text.split("\r\n")[0],
                         f"Ctrl-C ends this and everything that it started; data stay in {folder}/state.")
        self.assertEqual(code, 1)

    def test_says_that_nothing_stays_where_it_is_run_once(self):
        text, _, _ = self.seen("--once")
        self.assertIn("nothing stays", text.split("\r\n")[0])

    def test_shows_how_far_the_build_is_and_takes_that_away(self):
        text, _, folder = self.seen()
        building = re.search(r"Building[^\n]*", text)[0]
        shown = re.findall(r"\rBuilding +(\d/3)", building)
        self.assertEqual(shown, ["1/3", "2/3", "3/3"])
        self.assertRegex(building, r"3/3\r +\rBuilding +failed")
        self.assertIn("FAILED: no", text)
        self.assertIn(f"Logs: {folder}/state", text)


if __name__ == "__main__":
    sys.exit(unittest.main())
