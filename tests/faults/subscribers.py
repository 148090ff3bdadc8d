# SPDX-License-Identifier: Apache-2.0
"""subscribers.py - programs that follow the journals, and the record of what each printed

One `jusha events --follow` with a cursor over all services of its street, one more over scheduling alone. What it
prints goes to FOLDER/STREET_NUMBER.jsonl; a line says where it ran again (RESTARTED).
"""
import json
from pathlib import Path

from process import Process, wait_until
from stack import Stack

RESTARTED = "# restarted"  # a line of a record: here its subscriber was killed and ran again

CATCH_UP_S = 60
REFUSED = 1  # exit code of jusha


class Subscriber(Process):
    """A process that marks its record when it runs again."""

    def __init__(self, name: str, argv: list[str], folder: Path, output: Path, street: str, services: list[str]):
        super().__init__(name, argv, folder, output=output)
        self.street, self.services = street, services
        self.read_bytes, self.numbers = 0, {}  # how much of the record last_numbers knows

    def start(self) -> None:
        if self.output.exists():
            cut = not self.output.read_bytes().endswith(b"\n")
            with open(self.output, "a", encoding="utf-8") as output:
                output.write("\n" * cut + RESTARTED + "\n")
        super().start()

    def was_overtaken(self) -> bool:
        """It ended because its cursor was moved by another one: itself, when it was killed with that on its way."""
        return self.exit_code == REFUSED and "ABORTED" in self.log_tail(1)

    def last_numbers(self) -> dict[str, int]:
        """By service: the newest event that it printed."""
        with open(self.output, "rb") as output:
            output.seek(self.read_bytes)
            lines = output.read().splitlines(keepends=True)
        for line in lines:
            if not line.endswith(b"\n"):
                break  # not all of it is there yet
            self.read_bytes += len(line)
            if line.startswith(b"{"):
                self.take_number(line)
        return self.numbers

    def take_number(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return  # cut by SIGKILL
        self.numbers[event["source"].rsplit("/", 1)[1]] = int(event["sequence"])


def names(streets: list[str]) -> list[str]:
    return [f"{street}_{number}" for street in streets for number in (1, 2)]


def start(stack: Stack, folder: Path) -> list[Subscriber]:
    folder.mkdir(parents=True, exist_ok=True)
    return [start_one(stack, folder, name) for name in names(stack.streets)]


def start_one(stack: Stack, folder: Path, name: str) -> Subscriber:
    street, number = name.rsplit("_", 1)
    services = stack.services if number == "1" else ["scheduling"]
    brokers, key = stack.way(name)
    argv = [stack.program("ops/cli/jusha"), "events", "--json", "--follow", "--cursor", name, "--street", street,
            "--brokers", brokers, "--broker-key", str(key),
            "--certificate", str(stack.certificate(f"{street}.integrator"))]
    for service in services:
        argv += ["--service", service]
    subscriber = Subscriber(name, argv, stack.state, folder / f"{name}.jsonl", street, services)
    stack.processes[name] = subscriber
    subscriber.start()
    return subscriber


def heads(stack: Stack) -> dict[tuple[str, str], int]:
    """By (street, service): the newest event there is."""
    rows = stack.psql(" UNION ALL ".join(f"SELECT '{service}' AS service, street, max(seq) AS seq"
                                         f" FROM {service}.journal GROUP BY street" for service in stack.services))
    return {(row["street"], row["service"]): int(row["seq"]) for row in rows}


def caught_up(stack: Stack, subscribers: list[Subscriber]) -> list[str]:
    """Waits until each printed the newest event of every journal that it follows; who did not."""
    head = heads(stack)

    def missing() -> list[str]:
        rows = [(one.name, service, one.last_numbers().get(service, 0), head.get((one.street, service), 0))
                for one in subscribers for service in one.services]
        return [f"subscriber {name} stays at {last} of {newest} of {service}" for name, service, last, newest in rows
                if last < newest]
    try:
        wait_until(lambda: not missing(), CATCH_UP_S, "subscribers reach the journals")
    except TimeoutError:
        return missing()
    return []
