# SPDX-License-Identifier: Apache-2.0
"""yardsticks.py - what others do on the same machine

pgbench on the same cluster; an echo through zmq_proxy; a table as outbox with Redis behind it.
"""
import json
import re
import shutil
import socket
from contextlib import contextmanager
from pathlib import Path

from process import wait_until
from stack import free_ports
from system import MeasureError, System, output_of

SCALE = 10  # a million accounts
DATABASE = "pgbench"
START_S = 20


def binary(name: str) -> Path:
    return max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))


class Pgbench:
    """Tables in a database of their own; 16 clients in 2 threads with prepared statements, as the goals say."""

    def __init__(self, system: System):
        system.stack.psql(f"CREATE DATABASE {DATABASE}")
        self.conninfo = system.stack.conninfo("postgres", DATABASE)
        output_of(binary("pgbench"), "-i", "-q", "-s", SCALE, self.conninfo)

    def rate(self, seconds: int, script: str) -> dict:
        """script: -S reads an account by its key, -N changes one and inserts a row."""
        printed = output_of(binary("pgbench"), "-n", script, "-M", "prepared", "-c", 16, "-j", 2, "-T", seconds,
                            self.conninfo)
        latency, tps = (re.search(pattern, printed) for pattern in (r"latency average = ([\d.]+)", r"tps = ([\d.]+)"))
        if not latency or not tps:
            raise MeasureError(f"pgbench says: {printed}")
        return {"rate": float(tps[1]), "average_us": float(latency[1]) * 1000}


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(system: System, programs: dict[str, list], port: int | None = None):
    """Within, these run beside the system by these names; port: one of theirs that listens when it begins."""
    stack = system.stack
    try:
        for name, argv in programs.items():
            stack.spawn(name, argv)
        wait_until(lambda: port is None or answers(port), START_S, f"{next(iter(programs))} listens")
        yield
    finally:
        for name in programs:
            if name in stack.processes:
                stack.processes.pop(name).stop()


@contextmanager
def proxy_echo(system: System):
    """Within: "host:port" where zmq_proxy and a worker echo; CURVE on both sides."""
    program, stack = system.program("echo"), system.stack
    port = free_ports(stack.state)
    with running(system, {"proxy": [program, "proxy", port, stack.certificate("broker")],
                          "proxy_worker": [program, "plain", port, stack.certificate("echo"), stack.broker_key]}, port):
        yield f"127.0.0.1:{port}"


@contextmanager
def broker_echo(system: System):
    """Within: the first broker of the system has a worker of the service "echo"."""
    stack = system.stack
    with running(system, {"echo": [system.program("echo"), "worker", stack.brokers, stack.certificate("echo"),
                                   stack.broker_key]}):
        yield


@contextmanager
def redis_server(system: System):
    """Within: port of a Redis that has on disk what it says it has.

    Debian's redis-tools holds the server too, under the name of a tool; the package redis-server adds that name and a
    system service, which nobody needs here."""
    data, port = system.stack.state / "redis", free_ports(system.stack.state)
    data.mkdir(exist_ok=True)
    program = data / "redis-server"
    if not program.exists():
        program.symlink_to(shutil.which("redis-server") or shutil.which("redis-check-rdb"))
    with running(system, {"redis": [program, "--port", port, "--bind", "127.0.0.1", "--dir", data, "--save", "",
                                    "--appendonly", "yes", "--appendfsync", "always"]}, port):
        yield port


def outbox(system: System, redis_port: int, count: int, pause_ms: int) -> dict:
    """A row's commit to its entry at the consumer, `count` times, in a database of its own (tests/bench/outbox.c)."""
    stack = system.stack
    if not stack.psql("SELECT 1 FROM pg_database WHERE datname = 'outbox'"):
        stack.psql("CREATE DATABASE outbox")
    conninfo = stack.conninfo("postgres", "outbox")
    return json.loads(output_of(system.program("outbox"), conninfo, redis_port, count, pause_ms))
