#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""failover.py BUILD - a real standby is promoted under two registries that know both hosts

A registry that knows the standby alone is refused by it. When the primary has died and the standby takes writes, service
comes back by itself, with all that was answered before; a registry that starts then finds its way past the host that is
dead.
"""
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from process import wait_until  # noqa: E402 the folder above is in the path by now
from stack import Stack  # noqa: E402
from standby import Standby  # noqa: E402

STREET, UNITS, WAIT_S = "harbour", 10, 90  # as long as it takes where much else runs; ops/faults judges how soon


class TwoHosts(Stack):
    def service_argv(self, name: str) -> list[str]:
        return [f"--database={Standby(self).both()}" if arg.startswith("--database=") else arg
                for arg in super().service_argv(name)]


def register(stack: Stack, name: str) -> bool:
    request = json.dumps({"unit": {"name": name, "kind": "BANK"}})
    try:
        stack.jusha("call", "RegisterUnit", request, certificate=f"{STREET}.staff", street=STREET, timeout=WAIT_S)
    except subprocess.CalledProcessError:
        return False
    return True


def refuses_a_standby(stack: Stack, standby: Standby) -> None:
    argv = [f"--database={standby.conninfo(stack.conninfo())}" if arg.startswith("--database=") else arg
            for arg in stack.service_argv("registry_3")]
    alone = stack.spawn("registry_3", argv)
    wait_until(lambda: "event=database_away" in alone.log_tail(100), WAIT_S, "a registry is refused by the standby")
    status, text = alone.get("/readyz")
    assert (status, text.strip()) == (503, "the database is away"), (status, text)
    assert alone.stop() == 0
    del stack.processes["registry_3"]


def finds_the_promoted_one(stack: Stack, standby: Standby) -> None:
    for i in range(UNITS):
        assert register(stack, f"before {i}")
    standby.promote()
    began = time.monotonic()
    wait_until(lambda: register(stack, "behind"), WAIT_S, "a command is done on the promoted host")
    print(f"# service again {time.monotonic() - began:.1f} s after the standby takes writes")
    stack.wait_ready(timeout=WAIT_S)
    names = standby.psql(f"SELECT count(*) FROM registry.unit WHERE street = '{STREET}' AND name ~ 'before|behind'")
    assert names == str(UNITS + 1), names
    gaps = standby.psql(f"SELECT max(seq) - count(*) FROM registry.journal WHERE street = '{STREET}'")
    assert gaps == "0", gaps


def starts_past_a_host_that_is_dead(stack: Stack) -> None:
    process = stack.processes["registry_1"]
    process.kill()
    process.start()
    process.ready(WAIT_S)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="jusha-failover-", dir="/var/tmp") as state:
        stack = TwoHosts(Path(sys.argv[1]), Path(state), services=("registry",), streets=[STREET])
        standby = Standby(stack)
        try:
            with stack:
                standby.follow()
                refuses_a_standby(stack, standby)
                finds_the_promoted_one(stack, standby)
                starts_past_a_host_that_is_dead(stack)
        finally:
            standby.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
