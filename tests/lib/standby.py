# SPDX-License-Identifier: Apache-2.0
"""standby.py - a second PostgreSQL that follows a stack's own, can be promoted, and gives back what it took

It is synchronous once follow() has returned: what the primary answered is on the standby, too. The same holds the other way
round when give_back() makes the stack's own server the primary again.
"""
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from process import wait_until
from stack import DATABASE, Stack

PORT_OFFSET, WAIT_S = 60, 60  # its port among the stack's; for a server to start, stop, catch up
REPLICATION = "host replication postgres 127.0.0.1/32 scram-sha-256\n"
SYNCHRONOUS = "SELECT 1 AS one FROM pg_stat_replication WHERE sync_state = 'sync'"


class Standby:
    def __init__(self, stack: Stack):
        self.stack, self.port = stack, stack.first_port + PORT_OFFSET
        self.folder = stack.state / "standby"
        self.binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[-1]

    # ---- addresses ----

    @property
    def primary_port(self) -> str:
        return next(part for part in self.stack.conninfo().split() if part.startswith("port=")).removeprefix("port=")

    def conninfo(self, base: str) -> str:
        """The same connection, to the standby."""
        return base.replace(f"port={self.primary_port}", f"port={self.port}")

    def both(self) -> str:
        """What a service is told that shall find whichever takes writes."""
        return self.stack.conninfo().replace("host=127.0.0.1", "host=127.0.0.1,127.0.0.1").replace(
            f"port={self.primary_port}", f"port={self.primary_port},{self.port}")

    # ---- there ----

    def follow(self) -> None:
        rules = Path(self.stack.psql("SHOW hba_file")[0]["hba_file"])
        if REPLICATION not in rules.read_text(encoding="ascii"):
            with open(rules, "a", encoding="ascii") as file:
                file.write(REPLICATION)
        self.stack.psql("SELECT pg_reload_conf()")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        self.copy(self.primary_port, self.folder / "data")
        own(self.folder)
        self.control("-w", "-l", self.folder / "log", "-o", f"-p {self.port} -k {self.folder}", "start")
        self.stack.psql("ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf()")
        wait_until(lambda: self.stack.psql(SYNCHRONOUS), WAIT_S, "the standby is synchronous")

    def promote(self) -> None:
        """The primary dies without a word; returns when the standby takes writes."""
        end(self.stack.postmaster_pid)
        assert self.psql("SELECT pg_promote()") == "t"

    # ---- and back ----

    def give_back(self) -> None:
        """The stack's own server follows, and is promoted in its turn; the standby is removed."""
        data, copy = self.stack.state / "cluster/data", self.folder / "copy"
        self.copy(str(self.port), copy)
        own(copy)
        replace(data, copy)
        self.stack.cluster("start")
        self.psql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.psql("SELECT pg_reload_conf()")
        wait_until(lambda: self.psql(SYNCHRONOUS), WAIT_S, "the stack's own server is synchronous")
        end(self.postmaster_pid)
        self.stack.psql("SELECT pg_promote()")
        shutil.rmtree(self.folder)

    def give_up(self) -> None:
        """Where it did not come to a promotion: nobody waits for it any more."""
        self.stop()
        self.stack.psql("ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()")
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        if self.postmaster_pid():
            self.control("-w", "-m", "immediate", "stop")

    # ---- servers ----

    def copy(self, port: str, folder: Path) -> None:
        """Of the server at this port, as its standby."""
        password = (self.stack.state / "secrets/postgres").read_text(encoding="ascii").strip()
        subprocess.run([self.binaries / "pg_basebackup", "-D", folder, "-R", "-X", "stream", "-c", "fast", "-d",
                        f"host=127.0.0.1 port={port} user=postgres"], env=os.environ | {"PGPASSWORD": password},
                       check=True, capture_output=True)

    def control(self, *arguments: object) -> None:
        """As its owner, whom PostgreSQL does not want to be root; with what the stack's own server has around it."""
        as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        around = self.stack.ops_env.get("JUSHA_POSTGRES_ENV", "").split()
        subprocess.run([*as_owner, "env", *around, self.binaries / "pg_ctl", "-D", self.folder / "data",
                        *map(str, arguments)], cwd="/", check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def psql(self, sql: str) -> str:
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
                               self.conninfo(self.stack.conninfo("postgres", DATABASE))], check=True, text=True,
                              capture_output=True).stdout.strip()

    def postmaster_pid(self) -> int | None:
        try:
            return int((self.folder / "data/postmaster.pid").read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            return None


def end(postmaster_pid: Callable[[], int | None]) -> None:
    """A server, without a word to anybody; returns when it is gone."""
    pid = postmaster_pid()
    assert pid, "it runs"
    os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes(), WAIT_S,
               "the server is gone")


def own(folder: Path) -> None:
    if os.geteuid() == 0:
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, "postgres", "postgres")


def replace(data: Path, copy: Path) -> None:
    """What is in data by what is in copy; folders that are volumes stay."""
    for path in data.iterdir():
        if path.is_dir() and path.is_mount():
            replace(path, copy / path.name)
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    subprocess.run(["cp", "-a", f"{copy}/.", data], check=True)
