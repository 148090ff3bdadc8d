#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""beyond_years.py BUILD - all clocks say a year that cannot be, and are set right again

What was made then would have times that no reader takes: the journal would end there for everybody. So nothing is made,
and when the clocks are right the journal can be read to its end and goes on. Skipped where libfaketime is not installed.
"""
import datetime
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for folder in ("lib", "faults"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / folder))

import clocks  # noqa: E402 the folders above are in the path by now
from process import wait_until  # noqa: E402

STREET, WAIT_S, SKIPPED = "harbour", 90, 77
YEARS = (1970, 2200, 9999)


class OneClock(clocks.ClockedStack):
    """No process has a clock of its own."""

    def jusha_there(self, *arguments: str, certificate: str) -> str:
        """As somebody whose clock is as wrong."""
        return self.jusha(*arguments, certificate=f"{STREET}.{certificate}", street=STREET, timeout=WAIT_S)


def register(stack: OneClock, name: str) -> bool:
    request = json.dumps({"unit": {"name": name, "kind": "BANK"}})
    try:
        stack.jusha_there("call", "RegisterUnit", request, certificate="staff")
    except subprocess.CalledProcessError:
        return False
    return True


def withdrew(stack: OneClock) -> bool:
    return stack.processes["registry_1"].get("/readyz")[0] == 503


def events(stack: OneClock) -> int:
    return len(stack.jusha_there("events", certificate="integrator").splitlines())


def makes_nothing_in(stack: OneClock, year: int) -> None:
    before = stack.psql("SELECT max(seq) AS head FROM registry.journal")
    then = datetime.datetime(year, 6, 1, tzinfo=datetime.timezone.utc)
    stack.leap(then.timestamp() - time.time())
    wait_until(lambda: withdrew(stack), WAIT_S, f"the registry withdraws in {year}")
    assert stack.psql("SELECT max(seq) AS head FROM registry.journal") == before
    stack.leap(0)
    wait_until(lambda: register(stack, f"behind {year}"), WAIT_S, f"a command is done behind {year}")


def main() -> int:
    if not clocks.library():
        return SKIPPED
    clocks.CLOCKED = ()
    with tempfile.TemporaryDirectory(prefix="jusha-years-", dir="/var/tmp") as state:
        with OneClock(Path(sys.argv[1]), Path(state), services=("registry",), copies=1, brokers=1, streets=[STREET],
                      leaps=True) as stack:
            assert register(stack, "before")
            for year in YEARS:
                makes_nothing_in(stack, year)
            assert events(stack) == 2 + len(YEARS), "the journal can be read to its end"
    return 0


if __name__ == "__main__":
    sys.exit(main())
