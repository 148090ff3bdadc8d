# SPDX-License-Identifier: Apache-2.0
"""stack.py - a private system of Jusha: PostgreSQL, keys, brokers, services, streets

start() makes and starts everything in a folder of its own and returns when all is ready; stop() ends it all. In
between every process can be killed, paused and started again by its name: broker_1, registry_1, registry_2, …

    stack = Stack(build=Path("build"), state=Path("/var/tmp/jusha-x"), streets=["first", "second"])
    with stack:
        stack.processes["registry_2"].kill()
        print(stack.psql("SELECT count(*) FROM registry.unit"))

customise changes how a process is run: name -> function of (argv, env) that gives the two to use instead.
"""
import csv
import functools
import io
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from process import Process, end_leftovers, wait_until

CHECKOUT = Path(__file__).resolve().parents[2]
SERVICES = tuple(sorted(folder.parent.name for folder in (CHECKOUT / "services").glob("*/db")))
DATABASE = "jusha"
NULL = "\\N"  # how psql is told to print it
PORTS_FIRST, PORTS_END, PORTS_EACH = 10000, 14976, 64  # below ops/lib/common.sh's and Linux's outgoing ones
Customise = Callable[[list[str], dict[str, str]], tuple[list[str], dict[str, str]]]


def free_ports(folder: Path) -> int:
    """First of PORTS_EACH ports in a row that nobody listens on; where the search begins depends on the folder."""
    blocks = (PORTS_END - PORTS_FIRST) // PORTS_EACH
    start = sum(str(folder).encode()) * 7919
    for i in range(blocks):
        first = PORTS_FIRST + (start + i) % blocks * PORTS_EACH
        if all(is_free(port) for port in range(first, first + PORTS_EACH)):
            return first
    raise RuntimeError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


class Stack:
    def __init__(self, build: Path, state: Path, *, copies: int = 2, brokers: int = 2, services=SERVICES,
                 streets: list[str] | tuple[str, ...] = (), address: str = "127.0.0.1",
                 options: dict[str, list[str]] | None = None, customise: dict[str, Customise] | None = None):
        """build: folder of the programs. state: made and owned. address: where brokers listen. options: more arguments
        by program ("broker", "registry", …) or by process ("registry_2")."""
        self.build, self.state = Path(build).resolve(), Path(state).resolve()
        self.streets, self.services, self.address = list(streets), list(services), address
        self.options, self.customise = options or {}, customise or {}
        self.copies, self.broker_count = copies, brokers
        self.keys = self.state / "keys"
        self.ops_env: dict[str, str] = {}  # more for the commands of ops/lib
        self.processes: dict[str, Process] = {}
        self.first_port = free_ports(self.state)
        self.admin_ports = iter(range(self.first_port + 4 * brokers, self.first_port + PORTS_EACH))

    # ---- the whole ----

    def __enter__(self) -> "Stack":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        self.prepare()
        self.start_brokers()
        self.start_services()
        for street in self.streets:
            self.create_street(street)

    def stop(self) -> None:
        """Ends every process, the last started first, then PostgreSQL. Data and logs stay."""
        for process in reversed(self.processes.values()):
            process.stop()
        self.cluster("stop")

    def remove(self) -> None:
        """Deletes the folder, after stop()."""
        shutil.rmtree(self.state, ignore_errors=True)

    def prepare(self) -> None:
        """A fresh database, keys, empty logs; nothing but PostgreSQL runs then."""
        for folder in ("logs", "processes", "keys"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o711)  # the database's user passes through
        end_leftovers(self.state)
        for log in (self.state / "logs").iterdir():
            log.unlink()
        self.cluster("start")
        self.ops("database", "--fresh", DATABASE)
        self.make_keys()

    # ---- programs ----

    def program(self, path: str) -> str:
        """By its path in the build; other stacks have their own."""
        return str(self.build / path)

    def spawn(self, name: str, argv: list[str], env: dict[str, str] | None = None,
              prefix: list[str] | None = None, output: Path | None = None) -> Process:
        """Starts a program under a name; prefix is what runs it (["ip", "netns", "exec", …])."""
        argv, env = list(map(str, argv)), dict(env or {})
        if name in self.customise:
            argv, env = self.customise[name](argv, env)
        process = Process(name, (prefix or []) + argv, self.state, env, output)
        self.processes[name] = process
        process.start()
        return process

    def broker_names(self) -> list[str]:
        return [f"broker_{i + 1}" for i in range(self.broker_count)]

    def service_names(self) -> list[str]:
        return [f"{service}_{i + 1}" for i in range(self.copies) for service in self.services]

    def start_brokers(self) -> None:
        for i, name in enumerate(self.broker_names()):
            self.spawn(name, [self.program("services/broker/jusha-broker"), f"--address={self.address}",
                              f"--port={self.broker_port(i)}", f"--certificate={self.certificate('broker')}",
                              f"--clients={self.keys}", self.admin_option(),
                              *self.options.get("broker", []), *self.options.get(name, [])])
        self.wait_ready(self.broker_names())

    def start_services(self) -> None:
        for name in self.service_names():
            self.spawn(name, self.service_argv(name))
        self.wait_ready(self.service_names())

    def service_argv(self, name: str) -> list[str]:
        service = name.rsplit("_", 1)[0]
        return [self.program(f"services/{service}/{service}"), f"--brokers={self.brokers}",
                f"--certificate={self.certificate(service)}", f"--broker_key={self.broker_key}",
                f"--database={self.conninfo()}", self.admin_option(),
                f"--data_key={self.keys / service}.data_key",
                *self.options.get(service, []), *self.options.get(name, [])]

    def wait_ready(self, names: list[str] | None = None, timeout: float = 60) -> None:
        for name in names or list(self.processes):
            if self.processes[name].admin:
                self.processes[name].ready(timeout)

    def jusha(self, *arguments: str, certificate: str = "operator", street: str = "", **options) -> str:
        """What the command line prints; CalledProcessError when it fails."""
        env = os.environ | {"JUSHA_BROKERS": self.brokers, "JUSHA_BROKER_KEY": str(self.broker_key),
                            "JUSHA_STREET": street, "JUSHA_CERTIFICATE": str(self.certificate(certificate))}
        return subprocess.run([self.program("ops/cli/jusha"), *arguments], env=env, check=True, text=True,
                              capture_output=True, **options).stdout

    def create_street(self, street: str) -> None:
        """In the registry, and known to every other service when this returns."""
        request = {"street": {"street": street, "name": f"{street} street", "district": "Futian",
                              "timeZone": "Asia/Shanghai"}}
        self.jusha("call", "CreateStreet", json.dumps(request), street=street)
        for service in self.services:
            known = f"SELECT 1 FROM {service}.stream WHERE street = '{street}'"
            wait_until(lambda: self.psql(known), 30, f"{service} knows {street}")

    # ---- addresses and keys ----

    def broker_port(self, index: int) -> int:
        return self.first_port + 4 * index

    @property
    def brokers(self) -> str:
        """Every broker's client port, as --brokers takes them."""
        return ",".join(f"{self.address}:{self.broker_port(i)}" for i in range(self.broker_count))

    @property
    def broker_key(self) -> Path:
        return self.keys / "broker.key"

    def way(self, _name: str) -> tuple[str, Path]:
        """Brokers and their key, as a caller or subscriber of this name is told them."""
        return self.brokers, self.broker_key

    def certificate(self, name: str) -> Path:
        """Beside the services' own: operator; STREET.staff and STREET.integrator of every street; gateway."""
        return self.keys / f"{name}.key_secret"

    def make_certificate(self, name: str, role: str, streets: str) -> Path:
        if not self.certificate(name).exists():
            self.keys_command("create", name, "--role", role, "--streets", streets)
        return self.certificate(name)

    def make_keys(self) -> None:
        self.keys_command("init")
        self.make_certificate("gateway", "GATEWAY", "*")
        for street in self.streets:
            self.make_certificate(f"{street}.staff", "STREET_STAFF", street)
            self.make_certificate(f"{street}.integrator", "INTEGRATOR", street)

    def keys_command(self, *arguments: str) -> None:
        subprocess.run([self.program("ops/cli/jusha"), "keys", *arguments, "--folder", self.keys], check=True,
                       stdout=subprocess.DEVNULL)

    def admin_option(self) -> str:
        return f"--admin=127.0.0.1:{next(self.admin_ports)}"

    # ---- PostgreSQL ----

    def ops(self, command: str, *arguments: str) -> str:
        """A command of ops/lib about this system."""
        done = subprocess.run([CHECKOUT / "ops/lib" / command, *arguments], text=True, capture_output=True,
                              env=os.environ | {"JUSHA_STATE": str(self.state)} | self.ops_env)
        if done.returncode != 0:
            raise RuntimeError(f"ops/lib/{command} {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def cluster(self, command: str) -> None:
        """start, stop, destroy; start also after a crash."""
        self.ops("cluster", command)

    @functools.cache  # the port stays once PostgreSQL was started
    def conninfo(self, role: str | None = None, database: str = DATABASE) -> str:
        return self.ops("cluster", "conninfo", database, *([role] if role else []))

    def psql_argv(self, role: str | None = None, database: str = DATABASE) -> list[str]:
        return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "--csv", "-P", f"null={NULL}",
                self.conninfo(role or "postgres", database)]

    def psql(self, sql: str, role: str | None = None, database: str = DATABASE, timeout: float = 60) -> list[dict]:
        """Rows of one statement, values as text or None; as the superuser, whom row-level security lets pass."""
        done = subprocess.run(self.psql_argv(role, database), input=sql, text=True, capture_output=True,
                              timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return [{name: None if value == NULL else value for name, value in row.items()}
                for row in csv.DictReader(io.StringIO(done.stdout))]

    def copy_out(self, query: str, path: Path) -> None:
        """A query of one column into a file, a line a row."""
        with open(path, "w", encoding="utf-8") as file:
            subprocess.run(["psql", "-X", "-q", "-A", "-t", "-c", query, self.conninfo("postgres")], check=True,
                           stdout=file)

    def postmaster_pid(self) -> int | None:
        try:
            return int((self.state / "cluster/data/postmaster.pid").read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            return None
