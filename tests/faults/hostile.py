# SPDX-License-Identifier: Apache-2.0
"""hostile.py - attackers with good certificates of another street, and what they and the brokers show

Attackers are programs of tests/attack that take turns at all their modes during the whole run, at full speed but by what
the others leave of the machine (nice): a volunteer at one broker, a foreign worker at the next. Each mode is a fault of
its own, too. What reaches an attacker and is not its own is in FOLDER/NAME.record, its figures in FOLDER/NAME.json.

A victim is an honest caller with a name of its own (a routing id that libzmq lets it claim) who asks and leaves without a
word, again and again; whoever takes its name must not hear what it was to hear. Brokers are watched: the most memory that
each process ever had goes to the history.
"""
import json
import threading
from pathlib import Path
from random import Random

import zmq
import zmq.auth

from bus import Call, Contract, uuid7
from history import History
from plan import Fault, Undo, log_uniform
from process import Process
from stack import Stack

STREET = "quarry"  # the attackers' own
VICTIM = "city-hall"
SILENT = "sink"  # a service that takes requests and answers none
ATTACKERS = (("volunteer", "VOLUNTEER"), ("foreign", "WORKER"), ("hooks", "INTEGRATOR"))
DURING_ALL = 2  # of them
MODES = ("claim", "squat", "silent", "half", "slow", "storm", "follow", "noise", "mmi", "echo", "away", "untaken",
         "forbidden", "flood", "deaf", "after", "versions", "publish", "ready", "admin", "mutate")
WATCH_S, VISIT_S, PATIENCE_MS, BEAT_S = 0.2, 0.3, 3000, 1


def certificate(stack: Stack, number: int) -> Path:
    name, role = ATTACKERS[number]
    return stack.make_certificate(f"{STREET}.{name}", role, STREET)


def argv(stack: Stack, number: int, mode: str, broker: int, seed: int, record: Path) -> list[str]:
    host, port = stack.brokers.split(",")[broker % stack.broker_count].rsplit(":", 1)
    admin = stack.processes[f"broker_{broker % stack.broker_count + 1}"].admin
    return ["nice", "-n", "19", str(stack.build / "tests/attack/hostile"), f"--mode={mode}", f"--address={host}",
            f"--port={port}", f"--admin_port={admin.rsplit(':', 1)[1]}", f"--certificate={certificate(stack, number)}",
            f"--broker_key={stack.broker_key}", f"--street={stack.streets[0]}", f"--victim={VICTIM}", "--seconds=36000",
            f"--seed={seed}", f"--record={record}"]


# ---- during all other faults ----

class Attackers:
    """All that is hostile in a run, those who suffer from it, and who watches."""

    def __init__(self, stack: Stack, contract: Contract, history: History, folder: Path, seed: int, mode: str = "all"):
        """mode: of the attackers, separated by commas; empty: nobody attacks."""
        folder.mkdir(parents=True, exist_ok=True)
        self.stack, self.history = stack, history
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.watch, daemon=True)]
        for broker in range(stack.broker_count):
            self.threads += [threading.Thread(target=visit, args=(stack, contract, broker, self.over), daemon=True),
                             threading.Thread(target=serve_nobody, args=(stack, broker, self.over), daemon=True)]
        self.names = [f"hostile_{number + 1}" for number in range(DURING_ALL if mode else 0)]
        for number, name in enumerate(self.names):
            record = folder / f"{name}.record"
            process = Process(name, argv(stack, number, mode, number, seed + number, record), stack.state,
                              output=folder / f"{name}.json")
            self.history.add("note", text=f"{name} attacks broker_{number % stack.broker_count + 1}")
            stack.processes[name] = process
            process.start()
        stack.make_certificate(SILENT, "SERVICE", "*")
        if not stack.psql(f"SELECT 1 FROM registry.street WHERE street = '{STREET}'"):
            stack.create_street(STREET)
        for thread in self.threads:
            thread.start()

    def stop(self) -> list[str]:
        """What was wrong with how they ended."""
        self.over.set()
        for thread in self.threads:
            thread.join()
        processes = [self.stack.processes.pop(name) for name in self.names]
        return [f"{process.name} ended with exit code {process.stop()}" for process in processes if process.stop() != 0]

    def watch(self) -> None:
        """The kernel's word on the most that a broker's process ever had."""
        peaks: dict[tuple[str, int], int] = {}
        while not self.over.wait(WATCH_S):
            for name in self.stack.broker_names():
                pid = self.stack.processes[name].pid
                kib = peak_kib(pid)
                if kib > peaks.get((name, pid), 0) + 1024:
                    peaks[name, pid] = kib
                    self.history.add("peak", name=name, pid=pid, kib=kib)


def peak_kib(pid: int) -> int:
    """0 when there is no such process any more."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


# ---- victims ----

def connect(stack: Stack, broker: int, port: int, path: Path, name: bytes = b"") -> zmq.Socket:
    host, first = stack.brokers.split(",")[broker].rsplit(":", 1)
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(path)
    socket.curve_serverkey, _ = zmq.auth.load_certificate(stack.broker_key)
    if name:
        socket.identity = name
    socket.linger = 100
    socket.connect(f"tcp://{host}:{int(first) + port}")
    return socket


def visit(stack: Stack, contract: Contract, broker: int, over: threading.Event) -> None:
    """Asks what is answered late, if at all, and leaves."""
    street = stack.streets[0]
    while not over.wait(VISIT_S):
        socket = connect(stack, broker, 0, stack.certificate(f"{street}.staff"), VICTIM.encode())
        for service, after in ((SILENT, []), ("selection", [{"service": "registry", "seq": 1 << 40}])):
            call = Call(uuid7(), service, street, "ListNeeds", {})
            header = contract.header(request_id=call.request_id, street=street, timeout_ms=PATIENCE_MS, after=after,
                                     method=contract.methods["ListNeeds"].full_name)
            socket.send_multipart([b"MDPC02", b"\1", f"{service}@{street}".encode(), header.SerializeToString(), b""])
        over.wait(VISIT_S)
        socket.close()


def serve_nobody(stack: Stack, broker: int, over: threading.Event) -> None:
    """A plain worker that lets every request wait until its deadline."""
    socket = connect(stack, broker, 1, stack.certificate(SILENT))
    ready = [b"MDPW02", b"\1", SILENT.encode()]
    socket.send_multipart(ready)
    while not over.wait(BEAT_S):
        beat = [b"MDPW02", b"\5"]
        while socket.poll(0):
            if socket.recv_multipart()[:2] == [b"MDPW02", b"\6"]:
                beat = ready  # it does not know us any more
        socket.send_multipart(beat, zmq.NOBLOCK) if socket.poll(0, zmq.POLLOUT) else None
    socket.close()


# ---- as faults of their own ----

def attack(mode: str):
    def begin(stack: Stack, dice: Random) -> Undo:
        number, broker = dice.randrange(len(ATTACKERS)), dice.randrange(stack.broker_count)
        folder = stack.state / "run/hostile"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{mode}_{dice.getrandbits(32):08x}"
        process = Process(name, argv(stack, number, mode, broker, dice.getrandbits(32) + 1, folder / f"{name}.record"),
                          stack.state, output=folder / f"{name}.json")
        process.start()
        return process.stop
    return begin


FAULTS = [Fault(f"attack by {mode}", "hostile", 0.5, attack(mode), log_uniform(1, 10)) for mode in MODES]


def read(folder: Path) -> dict[str, tuple[dict, list[dict]]]:
    """By name: figures ({} when it told none), and what reached it though it is not its own."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        lines = path.read_text(encoding="utf-8").splitlines()
        record = path.with_suffix(".record")
        strange = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        found[path.stem] = (json.loads(lines[-1]) if lines else {}, [json.loads(line) for line in strange])
    return found
