# SPDX-License-Identifier: Apache-2.0
"""restores.py - a service's database that is restored from a backup while its subscribers go on

The service is notification: no other one follows it and no client of ours asks it for anything, so that all that the
others promise has to hold meanwhile. Its backup is a copy of its tables; what it lacks when it is put back is written to
FOLDER/lost.jsonl, since subscribers have printed it rightly.
"""
from random import Random

from plan import Fault, Undo, log_uniform
from process import wait_until
from stack import Stack

SERVICE, LOSE_S = "notification", 5
PUT_BACK_S = 300  # on a busy machine, late in a long run
TABLES = (f"SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = '{SERVICE}'::regnamespace"
          " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN ('home', 'schema_migrations')")
LOST = (f"SELECT row_to_json(j) FROM {SERVICE}.journal j WHERE NOT EXISTS (SELECT FROM backup.journal b"
        " WHERE b.street = j.street AND b.seq = j.seq AND b.id = j.id)")


def restore(stack: Stack, _dice: Random) -> Undo:
    """The backup is made now and put back when the fault ends: as many events are gone as came meanwhile."""
    tables = [row["name"] for row in stack.psql(TABLES)]
    stack.psql("DROP SCHEMA IF EXISTS backup CASCADE; CREATE SCHEMA backup;"
               "BEGIN ISOLATION LEVEL REPEATABLE READ;"
               + "".join(f"CREATE TABLE backup.{name} AS SELECT * FROM {SERVICE}.{name};" for name in tables)
               + "COMMIT; ANALYZE backup.journal")  # which LOST compares row by row otherwise

    def put_back() -> None:
        """When there is something to lose. Sessions end, as where a server is stopped for it; nobody writes between the
        two."""
        try:
            wait_until(lambda: stack.psql(f"{LOST} LIMIT 1"), LOSE_S, f"{SERVICE} tells something")
        except TimeoutError:
            pass  # its callers are away by another fault
        all_tables = ", ".join(f"{SERVICE}.{name}" for name in tables)
        stack.psql("BEGIN;"
                   "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   f" WHERE usename IN ('{SERVICE}', '{SERVICE}_relay');"
                   f"LOCK TABLE {all_tables} IN ACCESS EXCLUSIVE MODE;"
                   "CREATE TABLE IF NOT EXISTS public.lost (line json);"
                   f"INSERT INTO public.lost {LOST};"
                   f"TRUNCATE {all_tables};"
                   + "".join(f"INSERT INTO {SERVICE}.{name} SELECT * FROM backup.{name};" for name in tables) +
                   f"SELECT {SERVICE}.begin_incarnation(); COMMIT", timeout=PUT_BACK_S)
        stack.copy_out("SELECT line FROM public.lost", stack.state / "run/lost.jsonl")
    return put_back


FAULTS = [Fault(f"restore {SERVICE} from a backup", "restore", 3, restore, log_uniform(0.5, 10))]
