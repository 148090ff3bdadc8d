# SPDX-License-Identifier: Apache-2.0
"""surroundings.py - a system among things that can go wrong around it: networks, messages, clocks, volumes

Half of the system's processes live with something that the test has in its hand; their twins live without:

    registry_2, scheduling_2, broker_2          a network of their own; the two services reach PostgreSQL by it as well
    selection_2, some callers and subscribers   speak to the brokers by the shim
    registry_1, scheduling_1, broker_1          a wall clock of their own (clocks.py)
    PostgreSQL                                  data and log on volumes of their own

Networks and volumes need the enclosure of namespaces.py; without it they are left out. At rest all of it is
transparent.
"""
import shutil
import sys
from pathlib import Path

import zmq

import namespaces
from clocks import ClockedStack
from namespaces import HUB, Namespace
from process import Process
from volumes import SETTINGS, Volumes

APART = ("registry_2", "scheduling_2", "broker_2")
SHIMMED = ("selection_2", "c3", "c7", "c11", "harbour_1", "meadow_2")
SHIM_OFFSET = 32  # of the shim's ports among the system's
SHIM_TIMEOUT_MS = 10000
HBA = """local all all              scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
host  all all 10.77.0.0/16 scram-sha-256
"""


def with_option(argv: list[str], name: str, old: str, new: str) -> list[str]:
    """argv with a text replaced in one option's value."""
    return [arg.replace(old, new) if arg.startswith(f"--{name}=") else arg for arg in argv]


class SurroundedStack(ClockedStack):
    def __init__(self, *args, **options):
        enclosed = namespaces.is_enclosed()
        super().__init__(*args, **options | ({"address": HUB} if enclosed else {}))
        self.networks = {name: Namespace(name, i + 1) for i, name in enumerate(APART)} if enclosed else {}
        self.volumes = Volumes(self) if enclosed else None
        self.shim_key = self.state / "shim/shim.key"
        self.control = f"ipc://{self.state}/shim/control"

    # ---- start and stop ----

    def prepare(self) -> None:
        super().prepare()
        for network in self.networks.values():
            network.make()
        if self.volumes:
            self.move_cluster()

    def move_cluster(self) -> None:
        """Onto the volumes, and to where the networks find it."""
        hba = self.state / "cluster/pg_hba.networks.conf"
        hba.write_text(HBA, encoding="ascii")
        shutil.chown(hba, "postgres", "postgres")
        for name, value in {**SETTINGS, "listen_addresses": f"'127.0.0.1, {HUB}'", "hba_file": f"'{hba}'"}.items():
            self.psql(f"ALTER SYSTEM SET {name} = {value}")
        self.cluster("stop")
        self.volumes.mount()
        self.cluster("start")

    def start_services(self) -> None:
        self.start_shim()
        super().start_services()

    def stop(self) -> None:
        super().stop()
        if self.volumes:
            self.volumes.unmount()

    def spawn(self, name: str, argv: list, env: dict[str, str] | None = None, prefix: list[str] | None = None,
              output: Path | None = None) -> Process:
        argv, prefix = list(map(str, argv)), list(prefix or [])
        if name in self.networks:
            prefix = self.networks[name].prefix + prefix
            argv = self.apart(argv, self.networks[name].address)
        if name in SHIMMED:
            brokers, key = self.way(name)
            argv = with_option(argv, "brokers", self.brokers, brokers)
            argv = with_option(argv, "broker_key", str(self.broker_key), str(key))
        return super().spawn(name, argv, env, prefix, output)

    @staticmethod
    def apart(argv: list[str], address: str) -> list[str]:
        """What a program listens on is its own address, what it connects to the hub's."""
        argv = with_option(argv, "admin", "127.0.0.1", address)
        argv = with_option(argv, "address", HUB, address)
        return with_option(argv, "database", "127.0.0.1", HUB)

    # ---- addresses ----

    def broker_address(self, index: int) -> str:
        network = self.networks.get(f"broker_{index + 1}")
        return f"{network.address if network else self.address}:{self.broker_port(index)}"

    @property
    def brokers(self) -> str:
        return ",".join(self.broker_address(i) for i in range(self.broker_count))

    # ---- shim ----

    def shim_port(self, index: int) -> int:
        return self.broker_port(index) + SHIM_OFFSET

    def way(self, name: str) -> tuple[str, Path]:
        if name not in SHIMMED:
            return super().way(name)
        return ",".join(f"{self.address}:{self.shim_port(i)}" for i in range(self.broker_count)), self.shim_key

    def start_shim(self) -> None:
        """Its key lies apart from the others': the brokers do not know it."""
        if not self.shim_key.exists():
            namespaces.run(str(self.build / "ops/cli/jusha"), "keys", "create", "shim", "--role", "SERVICE",
                           "--streets", "*", "--folder", str(self.shim_key.parent))
        ways = [f"{self.shim_port(i)}={self.broker_address(i)}" for i in range(self.broker_count)]
        self.spawn("shim", [sys.executable, Path(__file__).with_name("shim.py"), f"--keys={self.keys}",
                            f"--key={self.shim_key}_secret", f"--control={self.control}", *ways])

    def shim(self, lane: str, **mischief: float) -> dict[str, int]:
        """Sets some of what the shim does to a lane (figures of shim.py's Lane); what it did so far."""
        with zmq.Context.instance().socket(zmq.REQ) as socket:
            socket.linger, socket.rcvtimeo = 0, SHIM_TIMEOUT_MS
            socket.connect(self.control)
            socket.send_json({"lane": lane, **mischief})
            return socket.recv_json()
