# SPDX-License-Identifier: Apache-2.0
"""faults.py - faults of processes and of PostgreSQL, as rows of plan.py's table

rows(stack) makes them for the processes that this system has: each killed, paused, ended politely; whoever is the
active relay or steward of a service; PostgreSQL with all its children, single sessions and statements, locks.
"""
import hashlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import subscribers
from plan import Fault, Undo, log_uniform
from process import Process
from stack import Stack

AWAY = log_uniform(0.05, 5)  # seconds until what was killed is started again
TABLES = ("registry.unit", "registry.journal", "selection.need", "selection.journal", "scheduling.booking",
          "scheduling.occurrence", "scheduling.journal", "notification.journal")
BURST_S, LOCK_WAIT_S = 0.01, 15
SLOW_STANDS_S, SLOW_GOES_S = 0.45, 0.05


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
    postmaster = stack.postmaster_pid()
    children = children_of(postmaster) if postmaster else []
    for pid in [postmaster, *children] if postmaster else []:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return lambda: stack.cluster("start")


def children_of(pid: int) -> list[int]:
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == pid:
            children.append(int(stat.parent.name))
    return children


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


def slow_down(stack: Stack, _dice: Random) -> Undo:
    """A server that has a tenth of a processor, as a busy machine gives it: each process stands still most of the time."""
    over = threading.Event()

    def pulse() -> None:
        while not over.wait(SLOW_GOES_S):
            postmaster = stack.postmaster_pid()
            stopped = [pid for pid in children_of(postmaster) if send(pid, signal.SIGSTOP)] if postmaster else []
            over.wait(SLOW_STANDS_S)
            for pid in stopped:
                send(pid, signal.SIGCONT)

    thread = threading.Thread(target=pulse, daemon=True)
    thread.start()

    def undo() -> None:
        over.set()
        thread.join()
    return undo


def send(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False  # it ended meanwhile
    return True


POSTGRES_ROWS = [
    Fault("kill PostgreSQL with its children", "postgres", 4, kill_postgres, AWAY),
    Fault("restart PostgreSQL", "postgres", 1, restart_postgres, AWAY),
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
            *process_rows(subscribers.names(stack.streets), "subscriber", 0.5, ("kill", "pause")), *POSTGRES_ROWS]
