#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""shim.py - a man in the middle between some peers and the brokers, who loses, doubles and delays their messages

It has the four ports of each broker on ports of its own, under a key of its own, which its peers take for the
broker's. Towards the broker it has one connection per peer under that peer's certificate (all keys are the test's), so
the broker sees the same names and roles as without it.

    caller, worker  <-> ROUTER  | one DEALER a connection                   <-> broker, ports 0 and 1
    publisher        -> XSUB    | one PUB a certificate                      -> broker, port 2
    follower        <-> ROUTER  | one DEALER a connection                   <-> broker, port 3

At rest everything passes unchanged. Mischief has seeded probabilities for two lanes: "requests" (ports 0 and 1, both
ways) and "events" (what followers get); a delayed message is overtaken by those behind it. It is set by JSON on the
control socket (REQ): {"lane": "requests", "drop": 0.1, "seed": 1}, and double, delay, delay_s; the answer counts what
was passed, dropped, doubled and delayed so far.

  shim.py --keys FOLDER --key FILE --control ENDPOINT PORT=HOST:PORT…
"""
import argparse
import heapq
import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import zmq
import zmq.auth
from zmq.utils import z85

ZAP = "inproc://zeromq.zap.01"
IDLE_S, LOOK_S, DRAIN = 60.0, 1.0, 200


class Lane:
    """Messages of one kind and what becomes of them."""

    def __init__(self):
        self.counts: Counter[str] = Counter()
        self.drop = self.double = self.delay = self.delay_s = 0.0  # probabilities; seconds at most
        self.rng = random.Random()

    def set(self, seed: int = 0, **figures: float) -> None:
        """Those that are not named stay, so that two faults can be at work."""
        for name, value in figures.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.rng.seed(seed)

    def fates(self) -> list[float]:
        """After how many seconds a message is passed on, once for each time that it is."""
        if self.rng.random() < self.drop:
            self.counts["dropped"] += 1
            return []
        times = 2 if self.rng.random() < self.double else 1
        late = [self.rng.uniform(0, self.delay_s) if self.rng.random() < self.delay else 0.0 for _ in range(times)]
        self.counts["passed"] += 1
        self.counts["doubled"] += times - 1
        self.counts["delayed"] += sum(1 for seconds in late if seconds)
        return late


class Shim:
    def __init__(self, keys: Path, key: Path, control: str):
        """keys: everybody's. key: our own."""
        self.context, self.poller = zmq.Context(), zmq.Poller()
        self.lanes = {"requests": Lane(), "events": Lane()}
        self.takers: dict[zmq.Socket, Callable[[], None]] = {}
        self.farewells: dict[zmq.Socket, Callable[[bytes], None]] = {}  # of a ROUTER: what to do when a peer is gone
        self.late: list[tuple[float, int, zmq.Socket, list]] = []  # when, order, where to, frames
        self.order = itertools.count()
        self.key = zmq.auth.load_certificate(key)
        self.certificates = {path.name.removesuffix(".key_secret"): zmq.auth.load_certificate(path)
                             for path in keys.glob("*.key_secret")}
        self.names = {public: name for name, (public, _) in self.certificates.items()}
        self.zap = self.listen(zmq.REP, ZAP, self.admit)
        self.control = self.listen(zmq.REP, control, self.obey)

    # ---- sockets ----

    def watch(self, socket: zmq.Socket, take: Callable[[], None]) -> None:
        self.takers[socket] = take
        self.poller.register(socket, zmq.POLLIN)

    def listen(self, kind: int, endpoint: str, take: Callable[[], None]) -> zmq.Socket:
        socket = self.context.socket(kind)
        socket.linger = 0
        if endpoint.startswith("tcp:"):
            socket.curve_server, socket.zap_domain = True, b"shim"
            socket.curve_publickey, socket.curve_secretkey = self.key
        socket.bind(endpoint)
        self.watch(socket, take)
        return socket

    def connect(self, kind: int, endpoint: str, name: str) -> zmq.Socket:
        """To the broker, under somebody's certificate."""
        socket = self.context.socket(kind)
        socket.linger, socket.reconnect_ivl, socket.reconnect_ivl_max = 0, 100, 500
        socket.heartbeat_ivl, socket.heartbeat_timeout, socket.connect_timeout = 1000, 3000, 1000
        socket.curve_publickey, socket.curve_secretkey = self.certificates[name]
        socket.curve_serverkey = self.certificates["broker"][0]
        socket.connect(endpoint)
        return socket

    def close(self, socket: zmq.Socket) -> None:
        self.poller.unregister(socket)
        del self.takers[socket]
        socket.close()

    def admit(self) -> None:
        """ZAP (RFC 27): whoever has a certificate of this system, its name as User-Id."""
        version, sequence, *_, key = self.zap.recv_multipart(zmq.NOBLOCK)
        name = self.names.get(z85.encode(key), "")
        self.zap.send_multipart([version, sequence, b"200" if name else b"400", b"", name.encode(), b""])

    def obey(self) -> None:
        order = self.control.recv_json(zmq.NOBLOCK)
        lane = self.lanes[order.pop("lane")]
        lane.set(**order)
        self.control.send_json(lane.counts)

    # ---- messages ----

    def give(self, lane: str, socket: zmq.Socket, frames: list) -> None:
        for seconds in self.lanes[lane].fates():
            if seconds:
                heapq.heappush(self.late, (time.monotonic() + seconds, next(self.order), socket, frames))
            else:
                self.send(socket, frames)

    def send(self, socket: zmq.Socket, frames: list) -> None:
        try:
            if not socket.closed:
                socket.send_multipart(frames, zmq.NOBLOCK)
        except zmq.Again:
            pass  # full: lost, as in any network
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self.farewells[socket](frames[0])

    def send_late(self) -> None:
        while self.late and self.late[0][0] <= time.monotonic():
            _, _, socket, frames = heapq.heappop(self.late)
            self.send(socket, frames)

    def take_all(self, socket: zmq.Socket) -> None:
        try:
            for _ in range(DRAIN):
                if socket in self.takers:  # not closed by what it did
                    self.takers[socket]()
        except zmq.Again:
            pass

    def serve(self) -> None:
        while True:
            wait_s = max(0.0, min(LOOK_S, self.late[0][0] - time.monotonic())) if self.late else LOOK_S
            for socket, _ in self.poller.poll(int(wait_s * 1000) + 1):
                if socket in self.takers:  # not closed by one before it
                    self.take_all(socket)
            self.send_late()


class Exchange:
    """A port of callers, workers or followers: a connection of each peer is a connection to the broker."""

    up, down = "requests", "requests"  # lanes; None: unharmed

    def __init__(self, shim: Shim, port: int, endpoint: str):
        self.shim, self.endpoint = shim, endpoint
        self.peers: dict[bytes, zmq.Socket] = {}
        self.heard: dict[bytes, float] = {}
        self.router = shim.listen(zmq.ROUTER, f"tcp://*:{port}", self.take)
        self.router.router_mandatory = True
        shim.farewells[self.router] = self.forget

    def take(self) -> None:
        sender, *frames = self.router.recv_multipart(zmq.NOBLOCK, copy=False)
        peer = sender.bytes
        if peer not in self.peers:
            self.forget_idle()
            self.peers[peer] = self.shim.connect(zmq.DEALER, self.endpoint, frames[-1].get("User-Id"))
            self.shim.watch(self.peers[peer], lambda: self.answer(peer))
        self.heard[peer] = time.monotonic()
        self.give(self.up, self.peers[peer], [frame.bytes for frame in frames])

    def answer(self, peer: bytes) -> None:
        frames = self.peers[peer].recv_multipart(zmq.NOBLOCK)
        self.heard[peer] = time.monotonic()
        self.give(self.down, self.router, [peer, *frames])

    def give(self, lane: str | None, socket: zmq.Socket, frames: list) -> None:
        if lane:
            self.shim.give(lane, socket, frames)
        else:
            self.shim.send(socket, frames)

    def forget_idle(self) -> None:
        """A ROUTER says who hung up only to whom has something to send there."""
        for peer in [peer for peer, when in self.heard.items() if when < time.monotonic() - IDLE_S]:
            self.forget(peer)

    def forget(self, peer: bytes) -> None:
        """So the broker notices, too, as it would without us."""
        if peer in self.peers:
            self.shim.close(self.peers.pop(peer))
            del self.heard[peer]


class Publications:
    """The port of publishers: what each says goes on under its own certificate, for the broker compares the two."""

    def __init__(self, shim: Shim, port: int, endpoint: str):
        self.shim, self.endpoint = shim, endpoint
        self.publishers: dict[str, zmq.Socket] = {}
        self.xsub = shim.listen(zmq.XSUB, f"tcp://*:{port}", self.take)
        self.xsub.send(b"\x01")  # everything

    def take(self) -> None:
        frames = self.xsub.recv_multipart(zmq.NOBLOCK, copy=False)
        name = frames[-1].get("User-Id")
        if name not in self.publishers:
            self.publishers[name] = self.shim.connect(zmq.PUB, self.endpoint, name)
        self.shim.send(self.publishers[name], [frame.bytes for frame in frames])


class Events(Exchange):
    """The port of followers: what they ask goes up, events come down, with mischief."""

    up, down = None, "events"


PORTS = (Exchange, Exchange, Publications, Events)  # of a broker, in this order


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    parser = argparse.ArgumentParser(description="loses, doubles and delays messages between peers and brokers")
    parser.add_argument("--keys", type=Path, required=True, help="folder of everybody's secret certificates")
    parser.add_argument("--key", type=Path, required=True, help="the shim's own")
    parser.add_argument("--control", required=True, help="endpoint for orders")
    parser.add_argument("ways", nargs="+", metavar="PORT=HOST:PORT", help="first of four ports here, and the broker's")
    options = parser.parse_args()
    shim = Shim(options.keys, options.key, options.control)
    for way in options.ways:
        port, _, broker = way.partition("=")
        host, _, broker_port = broker.rpartition(":")
        for i, kind in enumerate(PORTS):
            kind(shim, int(port) + i, f"tcp://{host}:{int(broker_port) + i}")
    shim.serve()


if __name__ == "__main__":
    main()
