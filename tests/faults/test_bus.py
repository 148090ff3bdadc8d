#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_bus.py - the connection of the harness' callers: what ends it ends nothing else"""
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import zmq
import zmq.auth

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]

from bus import Call, Client, Contract, uuid7  # noqa: E402 the two folders above are in the path by now

LIVES, REPLIES, WAIT_S = 60, 400, 60  # of the broker; in each; until a test gives up


class Broker:
    """Whoever has its key is let in. It lives as often as it is told to, on one port."""

    def __init__(self, folder: Path):
        public, secret = zmq.auth.create_certificates(folder, "broker")
        zmq.auth.create_certificates(folder, "caller")
        self.key, self.secret, self.caller = Path(public), Path(secret), folder / "caller.key_secret"
        with zmq.Context.instance().socket(zmq.ROUTER) as probe:
            self.port = probe.bind_to_random_port("tcp://127.0.0.1")
        self.address = f"127.0.0.1:{self.port}"

    def live(self) -> zmq.Socket:
        socket = zmq.Context.instance().socket(zmq.ROUTER)
        socket.curve_server, socket.linger, socket.sndhwm = True, 0, 0
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(self.secret)
        for _ in range(WAIT_S * 100):
            try:
                socket.bind(f"tcp://{self.address}")
                return socket
            except zmq.ZMQError:
                time.sleep(0.01)  # the one before has not left yet
        raise TimeoutError(self.address)

    def answer(self, socket: zmq.Socket, contract: Contract) -> None:
        """One request by many replies."""
        if not socket.poll(WAIT_S * 1000):
            raise TimeoutError("no request")
        sender = socket.recv_multipart()[0]
        header = contract.reply_header(request_id=uuid7()).SerializeToString()
        for _ in range(REPLIES):
            socket.send_multipart([sender, b"MDPC02", b"\3", b"echo", header, b"x" * 100])


def call() -> Call:
    return Call(uuid7(), "registry", "harbour", "ListUnits", {})


def ask(client: Client) -> None:
    end = time.monotonic() + WAIT_S
    while not client.send(call(), 1000):
        assert time.monotonic() < end, "the broker is not found"
        time.sleep(0.001)


def read_while_brokers_die(folder: str) -> None:
    """What a process of its own does, for it is ended where it fails."""
    contract, broker = Contract(Path(folder)), Broker(Path(folder))
    over = threading.Event()

    def live_and_die() -> None:
        for _ in range(LIVES):
            socket = broker.live()
            broker.answer(socket, contract)
            socket.close()
        over.set()
    threading.Thread(target=live_and_die, daemon=True).start()
    client = Client(contract, broker.address, broker.caller, broker.key)
    end = time.monotonic() + WAIT_S
    while not over.is_set() and time.monotonic() < end:
        client.send(call(), 1000)
        while client.next_reply(0.002):
            pass
    assert over.is_set()


class Connections(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def test_one_that_ends_while_a_message_is_read_ends_no_process(self):
        done = subprocess.run([sys.executable, __file__, "--read", self.folder.name], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_nothing_waits_for_a_broker_that_is_away(self):
        contract, broker = Contract(Path(self.folder.name)), Broker(Path(self.folder.name))
        client = Client(contract, broker.address, broker.caller, broker.key)
        self.assertFalse(client.send(call(), 1000))
        socket = broker.live()
        ask(client)
        broker.answer(socket, contract)
        self.assertIsNotNone(client.next_reply(WAIT_S))
        socket.close()
        end = time.monotonic() + WAIT_S
        while client.send(call(), 1000) and time.monotonic() < end:
            time.sleep(0.001)
        self.assertFalse(client.send(call(), 1000))
        socket = broker.live()
        self.assertFalse(socket.poll(1000), "a request came late")
        ask(client)
        socket.close()
        client.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read_while_brokers_die(sys.argv[2])
    else:
        unittest.main()
