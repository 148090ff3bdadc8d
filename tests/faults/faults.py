# SPDX-License-Identifier: Apache-2.0
"""faults.py - faults of processes and of PostgreSQL, as rows of plan.py's table

rows(stack) makes them for the processes that this system has: each killed, paused, ended politely; whoever is the
active relay or steward of a service; a log that nobody reads; PostgreSQL with all its children, slow, read-only, single
sessions and statements, locks.
"""
import hashlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import subscribers
from plan import Fault, Undo, log_uniform
from process import Process, wait_until
from stack import Stack
from throttle import QUARTER_OF_ONE, Throttle, family_of, signal_all

AWAY = log_uniform(0.05, 5)  # seconds until what was killed is started again
TABLES = ("registry.unit", "registry.journal", "selection.need", "selection.journal", "scheduling.booking",
          "scheduling.occurrence", "scheduling.journal", "notification.journal")
BURST_S, LOCK_WAIT_S = 0.01, 15
NOTICED_S = 12  # a service that has nothing to do tries to write each 5 s (writes.c)


# ---- processes ----

def kill(process: Process) -> Undo:
    process.kill()
    return lambda: start(process)


def pause(process: Process) -> Undo:
    process.pause()
    return process.resume


def end(process: Process) -> Undo:
    """Politely, as an upgrade would."""
    process.stop()
    return lambda: start(process)


def start(process: Process) -> None:
    if not process.running():
        process.start()


def leader(stack: Stack, service: str, duty: str) -> Process:
    """Whoever has the duty, "relay" or "steward"; the first one while nobody says so."""
    copies = [stack.processes[name] for name in stack.service_names() if name.startswith(service)]
    active = (process for process in copies if process.metrics(timeout=0.3).get(f"jusha_{duty}_active") == 1)
    return next(active, copies[0])


HOWS = {"kill": (kill, AWAY, 1), "pause": (pause, log_uniform(0.1, 30), 1), "end": (end, AWAY, 0.25)}


def process_rows(names: list[str], kind: str, weight: float, hows=("kill", "pause", "end")) -> list[Fault]:
    return [Fault(f"{how} {name}", kind, weight * HOWS[how][2],
                  lambda stack, _, how=how, name=name: HOWS[how][0](stack.processes[name]), HOWS[how][1])
            for name in names for how in hows]


def leader_rows(services: list[str]) -> list[Fault]:
    return [Fault(f"{how} the {duty} of {service}", "service", 1,
                  lambda stack, _, how=how, service=service, duty=duty: HOWS[how][0](leader(stack, service, duty)),
                  HOWS[how][1])
            for service in services for duty in ("relay", "steward") for how in ("kill", "pause")]


# ---- PostgreSQL ----

def kill_postgres(stack: Stack, _dice: Random) -> Undo:
    """The postmaster first, so that it starts nothing new, then every child."""
    signal_all(family_of(stack.postmaster_pid()), signal.SIGKILL)
    return lambda: stack.cluster("start")


def restart_postgres(stack: Stack, _dice: Random) -> Undo:
    stack.cluster("stop")
    return lambda: stack.cluster("start")


def again_and_again(statement: Callable[[str], str]) -> Callable[[Stack, Random], Undo]:
    """A statement every BURST_S seconds; it is given the condition for sessions of services."""
    def begin(stack: Stack, _dice: Random) -> Undo:
        ours = ",".join(f"{service},{service}_relay" for service in stack.services)
        sql = statement(f"usename = ANY('{{{ours}}}') AND pid <> pg_backend_pid()")
        psql = subprocess.Popen(stack.psql_argv(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        psql.stdin.write(f"{sql} \\watch {BURST_S}\n")
        psql.stdin.close()
        return lambda: finish(psql)
    return begin


def finish(psql: subprocess.Popen) -> None:
    psql.terminate()
    psql.wait()


TERMINATE = again_and_again(lambda ours: "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + ours +
                            " ORDER BY state = 'active' AND query LIKE 'COMMIT%' DESC, random() LIMIT 1")
CANCEL = again_and_again(lambda ours: "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE " + ours +
                         " AND state = 'active' ORDER BY random() LIMIT 1")


def hang_session(stack: Stack, dice: Random) -> Undo | None:
    """A server process that stops in the middle of its work, connection open."""
    service = dice.choice(stack.services)
    rows = stack.psql("SELECT pid FROM pg_stat_activity"
                      f" WHERE usename = '{service}' ORDER BY state = 'active' DESC, random() LIMIT 1")
    if not rows:
        return None
    pid = int(rows[0]["pid"])
    os.kill(pid, signal.SIGSTOP)

    def undo() -> None:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass  # PostgreSQL was killed meanwhile
    return undo


def hold(sql: str, stack: Stack) -> Undo:
    """A session of ours that has what sql locks until the fault is gone."""
    psql = subprocess.Popen(stack.psql_argv(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, start_new_session=True)
    psql.stdin.write(f"BEGIN;\n{sql};\n\\echo held\n")
    psql.stdin.flush()
    end_s, told = time.monotonic() + LOCK_WAIT_S, b""
    while b"held" not in told and select.select([psql.stdout], [], [], max(0, end_s - time.monotonic()))[0]:
        part = os.read(psql.stdout.fileno(), 4096)
        if not part:
            break  # PostgreSQL is away by another fault
        told += part
    return lambda: finish(psql)


def lock_street(stack: Stack, dice: Random) -> Undo:
    """The advisory lock that every command of one service and street takes first."""
    name = f"{dice.choice(stack.services)}/{dice.choice(stack.streets)}"
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest()[:8], "little", signed=True)
    return hold(f"SELECT pg_advisory_lock({key})", stack)


def lock_table(stack: Stack, dice: Random) -> Undo:
    return hold(f"LOCK TABLE {dice.choice(TABLES)} IN ACCESS EXCLUSIVE MODE", stack)


# ---- a server that only reads ----

def psql_that_writes(stack: Stack, sql: str) -> None:
    stack.psql(f"SET default_transaction_read_only = off; {sql}")


def read_only(stack: Stack, _dice: Random) -> Undo:
    """All sessions at once, those that stand as well: as a standby's are, and a primary's during a failover."""
    psql_that_writes(stack, "ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()")
    return lambda: psql_that_writes(stack, "ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf()")


def read_only_role(stack: Stack, dice: Random) -> Undo:
    """One service's new sessions; those that it has are ended."""
    role = dice.choice(stack.services)
    stack.psql(f"ALTER ROLE {role} SET default_transaction_read_only = on;"
               f" SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'")
    return lambda: stack.psql(f"ALTER ROLE {role} RESET default_transaction_read_only")


# ---- a server that is slow ----

def restart_slow(stack: Stack, _dice: Random) -> Undo:
    """Everybody has lost their sessions, and each new one is hard work."""
    stack.cluster("stop")
    throttle = Throttle(stack, QUARTER_OF_ONE, 0.1)
    stack.cluster("start")
    return throttle.end


def slow_down(stack: Stack, _dice: Random) -> Undo:
    """As a busy machine makes it: each process is stalled most of the time."""
    return Throttle(stack, 0.1, 0.5).end


# ---- no room ----

NO_ROOM = """
CREATE FUNCTION {service}.no_room() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''no room'' USING ERRCODE = ''disk_full''; END';
CREATE TRIGGER no_room BEFORE INSERT ON {service}.journal FOR EACH ROW EXECUTE FUNCTION {service}.no_room();
"""


def no_room(stack: Stack, _dice: Random) -> Undo:
    """Every event and every file meet what a full disk says; a full disk itself is the volume's fault."""
    stack.psql("".join(NO_ROOM.format(service=service) for service in stack.services))
    stack.psql("ALTER SYSTEM SET temp_file_limit = 0; SELECT pg_reload_conf()")

    def undo() -> None:
        stack.psql("ALTER SYSTEM RESET temp_file_limit; SELECT pg_reload_conf()")
        stack.psql("".join(f"DROP FUNCTION {service}.no_room CASCADE;" for service in stack.services))
    return undo


def commands_are_known_to_fail(stack: Stack) -> list[str]:
    """Queries are still answered, so somebody has to say it."""
    silent = [process for name, process in stack.processes.items() if name in stack.service_names() and process.running()]
    end = time.monotonic() + NOTICED_S
    while silent and time.monotonic() < end:
        silent = [process for process in silent if "takes no writes" not in process.get("/readyz")[1]]
    return [f"{process.name} does not say that nothing can be written" for process in silent]


# ---- a log that nobody reads ----

def block_log(stack: Stack, dice: Random) -> Undo:
    """A process whose standard error is a full pipe: as under a log collector that hangs."""
    process = stack.processes[dice.choice(stack.service_names())]
    process.stop()
    read_end, write_end = full_pipe()
    log, process.log = process.log, Path(f"/proc/{os.getpid()}/fd/{write_end}")
    process.start()
    process.log = log

    def undo() -> None:
        os.close(read_end)  # whoever waits to write is told
        process.stop()
        os.close(write_end)
        process.start()
    BLOCKED[stack.state] = process
    return undo


BLOCKED: dict[Path, Process] = {}  # by the system: whom block_log hit last
READY_S = 20


def full_pipe() -> tuple[int, int]:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    try:
        while True:
            os.write(write_end, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(write_end, True)
    return read_end, write_end


def serves_with_its_log_blocked(stack: Stack) -> list[str]:
    process = BLOCKED[stack.state]
    try:
        wait_until(lambda: process.get("/readyz")[0] == 200, READY_S, f"{process.name} is ready")
    except TimeoutError as error:
        return [str(error)]
    return []


POSTGRES_ROWS = [
    Fault("kill PostgreSQL with its children", "postgres", 4, kill_postgres, AWAY),
    Fault("restart PostgreSQL", "postgres", 1, restart_postgres, AWAY),
    Fault("make PostgreSQL read-only", "postgres", 2, read_only, AWAY),
    Fault("make a role read-only", "postgres", 2, read_only_role, log_uniform(1, 5)),
    Fault("leave no room for events", "postgres", 1, no_room, AWAY, holds=commands_are_known_to_fail),
    Fault("restart PostgreSQL on a slow machine", "postgres", 1, restart_slow, log_uniform(1, 3), has_twin=True),
    Fault("terminate sessions in COMMIT", "postgres", 6, TERMINATE, log_uniform(0.1, 3)),
    Fault("cancel statements", "postgres", 3, CANCEL, log_uniform(0.1, 3)),  # what statement_timeout does
    Fault("stop a session", "postgres", 3, hang_session),
    Fault("hold a street's lock", "postgres", 3, lock_street),
    Fault("lock a table", "postgres", 3, lock_table),
    Fault("slow PostgreSQL", "postgres", 3, slow_down, log_uniform(1, 30)),
]


def rows(stack: Stack) -> list[Fault]:
    return [*process_rows(stack.service_names(), "service", 1), *leader_rows(stack.services),
            *process_rows(stack.broker_names(), "broker", 2),
            Fault("block a service's log", "service", 1, block_log, AWAY, has_twin=True, holds=serves_with_its_log_blocked),
            *process_rows(subscribers.names(stack.streets), "subscriber", 0.5, ("kill", "pause")), *POSTGRES_ROWS]
