# SPDX-License-Identifier: Apache-2.0
"""standby.py - a second PostgreSQL that follows a stack's own, and can be promoted

It is synchronous once follow() has returned: what the primary answered is on the standby, too.
"""
import os
import shutil
import signal
import subprocess
from pathlib import Path

from process import wait_until
from stack import DATABASE, Stack

PORT_OFFSET, WAIT_S = 60, 60  # its port among the stack's; for a server to start, stop, catch up
REPLICATION = "host replication postgres 127.0.0.1/32 scram-sha-256\n"


class Standby:
    def __init__(self, stack: Stack):
        self.stack, self.port = stack, stack.first_port + PORT_OFFSET
        self.folder = stack.state / "standby"
        self.binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[-1]

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

    def follow(self) -> None:
        with open(self.stack.state / "cluster/data/pg_hba.conf", "a", encoding="ascii") as rules:
            rules.write(REPLICATION)
        self.stack.psql("SELECT pg_reload_conf()")
        password = (self.stack.state / "secrets/postgres").read_text(encoding="ascii").strip()
        self.folder.mkdir(mode=0o700)
        source = f"host=127.0.0.1 port={self.primary_port} user=postgres"
        subprocess.run([self.binaries / "pg_basebackup", "-D", self.folder / "data", "-R", "-X", "stream", "-c", "fast", "-d",
                        source], env=os.environ | {"PGPASSWORD": password}, check=True, capture_output=True)
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                shutil.chown(path, "postgres", "postgres")
        self.control("-w", "-l", self.folder / "log", "-o", f"-p {self.port} -k {self.folder}", "start")
        self.stack.psql("ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf()")
        wait_until(lambda: self.stack.psql("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"), WAIT_S,
                   "the standby is synchronous")

    def control(self, *arguments: object) -> None:
        """As its owner, whom PostgreSQL does not want to be root."""
        as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        subprocess.run([*as_owner, self.binaries / "pg_ctl", "-D", self.folder / "data", *map(str, arguments)], cwd="/",
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def psql(self, sql: str) -> str:
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
                               self.conninfo(self.stack.conninfo("postgres", DATABASE))], check=True, text=True,
                              capture_output=True).stdout.strip()

    def promote(self) -> None:
        """The primary dies without a word; returns when the standby takes writes."""
        postmaster = self.stack.postmaster_pid()
        assert postmaster
        os.kill(postmaster, signal.SIGQUIT)
        wait_until(lambda: not Path(f"/proc/{postmaster}/cmdline").exists() or
                   not Path(f"/proc/{postmaster}/cmdline").read_bytes(), WAIT_S, "the primary is gone")
        assert self.psql("SELECT pg_promote()") == "t"

    def stop(self) -> None:
        if (self.folder / "data/postmaster.pid").exists():
            self.control("-w", "-m", "immediate", "stop")
