#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""broker_live.py - a broker with sanitizers under broken messages at all its ports, as fast as C sends them

One attacker (tests/attack, mode mutate) for each role, one that takes turns at everything, an echo worker, and an honest
caller that must be answered all the while. The broker must neither end nor have anything reported when it is told
to end. ops/fuzz --broker calls it; the last line says how it went.
"""
import argparse
import json
import os
import re
import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

import zmq  # noqa: E402 the folder above is in the path by now
import zmq.auth  # noqa: E402

from process import Process  # noqa: E402
from stack import free_ports  # noqa: E402

HOME, STREET = "quarry", "harbour"  # of the attackers, of the honest
ROLES = ("OPERATOR", "SERVICE", "GATEWAY", "STREET_STAFF", "VOLUNTEER", "INTEGRATOR", "WORKER")
REPORTS = ("AddressSanitizer:DEADLYSIGNAL", "ERROR: AddressSanitizer", "runtime error", "Assertion")
OURS, LIBZMQ_LEAKS = ("/services/", "/libcommon/"), 256 * 1024  # bytes that its own threads may lose when it ends
ASK_S, ANSWER_S, READY_S = 0.2, 10, 30
REQUEST_ID = b"\x0a\x2401a20547-231d-7175-b504-000000000001"
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1",
              "LSAN_OPTIONS": "exitcode=0",  # leaks are judged by whose they are
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


class Ground:
    """Keys, ports and programs in a folder of its own."""

    def __init__(self, options: argparse.Namespace):
        self.options, self.folder = options, options.folder
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("logs", "processes"):
            (self.folder / name).mkdir(parents=True)
        self.keys, self.port = self.folder / "keys", free_ports(self.folder)
        self.run_keys("init")
        for role in ROLES:
            self.make_key(f"bad.{role.lower()}", role, HOME)
        self.make_key("echo", "SERVICE", "*")
        self.make_key("office", "STREET_STAFF", STREET)

    def run_keys(self, *arguments: str) -> None:
        self.program("keys", [self.options.plain / "ops/cli/jusha", "keys", *arguments, "--folder", self.keys]).popen.wait()

    def make_key(self, name: str, role: str, streets: str) -> None:
        self.run_keys("create", name, "--role", role, "--streets", streets)

    def secret(self, name: str) -> Path:
        return self.keys / f"{name}.key_secret"

    def program(self, name: str, argv: list, env: dict | None = None, output: Path | None = None) -> Process:
        process = Process(name, list(map(str, argv)), self.folder, env, output)
        process.start()
        return process

    def broker(self) -> Process:
        """Without rates, so that what is behind them is reached."""
        return self.program("broker", [self.options.asan / "services/broker/jusha-broker", f"--port={self.port}",
                                       f"--certificate={self.secret('broker')}", f"--clients={self.keys}", "--rates=0",
                                       f"--admin=127.0.0.1:{self.port + 4}"], SANITIZERS)

    def echo(self) -> Process:
        return self.program("echo", [self.options.plain / "tests/bench/echo", "worker", f"127.0.0.1:{self.port}",
                                     self.secret("echo"), self.keys / "broker.key"])

    def attacker(self, name: str, mode: str, seconds: int, seed: int) -> Process:
        return self.program(f"{name}.{mode}", [
            self.options.plain / "tests/attack/hostile", f"--mode={mode}", f"--port={self.port}",
            f"--admin_port={self.port + 4}", f"--certificate={self.secret(name)}", f"--broker_key={self.keys / 'broker.key'}",
            f"--street={STREET}", f"--seconds={seconds}", f"--seed={seed}", "--connections=4",
            f"--record={self.folder / name}.{mode}.record"], output=self.folder / f"{name}.{mode}.json")


class Honest:
    """Asks echo, and again when no answer came: longest is how long it ever took."""

    def __init__(self, ground: Ground):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.curve_publickey, self.socket.curve_secretkey = zmq.auth.load_certificate(ground.secret("office"))
        self.socket.curve_serverkey, _ = zmq.auth.load_certificate(ground.keys / "broker.key")
        self.socket.linger = 0
        self.socket.connect(f"tcp://127.0.0.1:{ground.port}")
        self.answers, self.longest = 0, 0.0

    def ask(self) -> str:
        """Empty, or what was wrong."""
        began = time.monotonic()
        header = REQUEST_ID + b"\x1a" + bytes([len(STREET)]) + STREET.encode()
        self.socket.send_multipart([b"MDPC02", b"\1", f"echo@{STREET}".encode(), header, b"payload"])
        if not self.socket.poll(ANSWER_S * 1000):
            return f"an honest question had no answer within {ANSWER_S} s"
        frames = self.socket.recv_multipart()
        self.answers += 1
        self.longest = max(self.longest, time.monotonic() - began)
        return "" if frames[-1] == b"payload" else f"an honest question was answered by {frames}"


def watch(broker: Process, honest: Honest, seconds: float) -> list[str]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not broker.running():
            return [f"the broker ended by itself, exit code {broker.exit_code}"]
        if wrong := honest.ask():
            return [wrong]
        time.sleep(ASK_S)
    return []


def reports(log: Path) -> list[str]:
    text = log.read_text(encoding="utf-8", errors="replace")
    return [line for line in text.splitlines() if any(word in line for word in REPORTS)][:20] + leaks(text)


def leaks(text: str) -> list[str]:
    """libzmq loses some of its own; what we lose has our lines in it, or comes with every message."""
    found = re.findall(r"leak of (\d+) byte.*?\n((?: +#.*\n)+)", text)
    ours = [f"leak of {size} bytes:\n{stack}" for size, stack in found if any(part in stack for part in OURS)]
    others = sum(int(size) for size, _ in found) if not ours else 0
    return ours + ([f"libzmq leaks {others} bytes"] if others > LIBZMQ_LEAKS else [])


def figures(folder: Path) -> tuple[int, int]:
    """Messages that attackers sent, and what reached them though it is not their own."""
    told = [json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) for path in folder.glob("*.json")
            if path.stat().st_size]
    return sum(one["sent"] for one in told), sum(one["strange"] for one in told)


def attack(ground: Ground, options: argparse.Namespace) -> list[str]:
    broker = ground.broker()
    started, attackers = [broker], []
    try:
        broker.ready(READY_S)
        started.append(ground.echo())
        honest = Honest(ground)
        wrong = watch(broker, honest, 1)
        seconds = int(options.minutes * 60)
        attackers = [ground.attacker(f"bad.{role.lower()}", "mutate", seconds + 60, options.seed + number)
                     for number, role in enumerate(ROLES)]
        attackers.append(ground.attacker("bad.volunteer", "all", seconds + 60, options.seed))
        wrong += watch(broker, honest, seconds)
        wrong += [f"{one.name} ended, exit code {one.exit_code}" for one in attackers if not one.running()]
    finally:
        for process in attackers:
            process.stop()
        codes = {process.name: process.stop() for process in reversed(started)}
    if codes["broker"] != 0 and not wrong:
        wrong.append(f"the broker ended with exit code {codes['broker']}")
    sent, strange = figures(ground.folder)
    wrong += reports(broker.log) + ([f"{strange} messages reached an attacker that are not its own"] if strange else [])
    print(f"broker: {sent} messages of attackers, {honest.answers} honest ones answered, {honest.longest:.1f} s at the most,"
          f" seed {options.seed}: {'FAILED' if wrong else 'fine'}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--asan", type=Path, required=True, help="build of the broker")
    parser.add_argument("--plain", type=Path, required=True, help="build of all others")
    parser.add_argument("--folder", type=Path, required=True, help="made at the start; stays when something was wrong")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    wrong = attack(Ground(options), options)
    for line in wrong:
        print(f"    {line}")
    if wrong:
        print(f"    all of it in {options.folder}")
        return 1
    shutil.rmtree(options.folder)
    return 0


if __name__ == "__main__":
    os.environ.pop("JUSHA_PLANT", None)
    sys.exit(main())
