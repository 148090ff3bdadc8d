# SPDX-License-Identifier: Apache-2.0
"""bus.py - calling methods of Jusha: Majordomo 0.2 (ZeroMQ RFC 18) over CURVE, classes made by protoc from proto/

Contract knows every method by its short name; Client is one connection to one broker, for one thread. A request may be
sent without waiting (send, receive), so that a caller can ask two brokers at once.

Link is the connection, one that comes back (as libcommon/bus/link.c, and for the same reason): libzmq's own way to take
nothing while it is not connected, ZMQ_IMMEDIATE, drops what has arrived when a connection ends, and ends the process if a
message was read in part (4.3.4, fq.cpp, "!_more"). So a monitor tells whether it is up, and what ends is thrown away with all
that waits in it, and made again.
"""
import importlib
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import zmq
import zmq.auth
import zmq.utils.monitor
from google.protobuf import json_format, symbol_database

CLIENT, REQUEST, FINAL = b"MDPC02", b"\x01", b"\x03"
PROTO = Path(__file__).resolve().parents[2] / "proto"


clock_ahead_s = 0.0  # of all callers, where the whole system's clocks are ahead (clocks.py)


def uuid7() -> str:
    """48 bits of Unix milliseconds, version 7, 74 random bits (RFC 9562)."""
    number = int((time.time() + clock_ahead_s) * 1000) << 80 | secrets.randbits(80)
    number = number & ~(0xF000 << 64 | 0xC000 << 48) | 0x7000 << 64 | 0x8000 << 48
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def traceparent(request_id: str) -> str:
    """W3C trace context of a request, which its events carry: its id, so that checkers know whose they are."""
    trace = request_id.replace("-", "")
    return f"00-{trace}-{trace[16:]}-01"


@dataclass
class Method:
    service: str  # "registry"; empty for methods that every service has
    full_name: str  # "jusha.registry.v1.RegistryService/RegisterUnit"
    request: type
    response: type


@dataclass
class Answer:
    """A reply; code is "NONE" where nothing came."""
    code: str
    response: dict = field(default_factory=dict)
    field: str = ""
    rule: str = ""
    message: str = ""
    position: int | None = None
    replayed: bool = False


class Contract:
    def __init__(self, folder: Path):
        """folder: where the generated classes go."""
        folder.mkdir(parents=True, exist_ok=True)
        files = sorted(PROTO.rglob("*.proto"))
        subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={folder}", *files], check=True)
        sys.path.insert(0, str(folder))
        names = [".".join(path.relative_to(PROTO).with_suffix("").parts) + "_pb2" for path in files]
        modules = [importlib.import_module(name) for name in names]
        self.symbols = symbol_database.Default()
        self.header = self.message("jusha.bus.v1.RequestHeader")
        self.reply_header = self.message("jusha.bus.v1.ReplyHeader")
        self.codes = next(module.Code for module in modules if hasattr(module, "Code"))
        self.methods = {method.name: self.describe(service, method) for module in modules
                        for service in module.DESCRIPTOR.services_by_name.values() for method in service.methods}

    def message(self, full_name: str) -> type:
        return self.symbols.GetSymbol(full_name)

    def describe(self, service, method) -> Method:
        part = service.full_name.split(".")[1]
        return Method("" if part == "journal" else part, f"{service.full_name}/{method.name}",
                      self.message(method.input_type.full_name), self.message(method.output_type.full_name))

    def code_name(self, code: int) -> str:
        return self.codes.Name(code).removeprefix("CODE_")


@dataclass
class Call:
    """One request, ready to be sent any number of times."""
    request_id: str
    service: str
    street: str
    method: str
    request: dict
    after: list[tuple[str, int]] = field(default_factory=list)


UP = zmq.EVENT_HANDSHAKE_SUCCEEDED
ENDS = zmq.EVENT_DISCONNECTED | zmq.EVENT_HANDSHAKE_FAILED_AUTH | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | \
    zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


class Link:
    def __init__(self, broker: str, certificate: Path, broker_key: Path):
        self.endpoint = f"tcp://{broker}"
        self.own_keys = zmq.auth.load_certificate(certificate)
        self.broker_key, _ = zmq.auth.load_certificate(broker_key)
        self.open()

    def open(self) -> None:
        self.up = False
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.curve_publickey, self.socket.curve_secretkey = self.own_keys
        self.socket.curve_serverkey = self.broker_key
        self.socket.linger = 0
        self.socket.reconnect_ivl, self.socket.reconnect_ivl_max = 100, 500
        # finds a cable that was cut, and does not wait for TCP's patience afterwards
        self.socket.heartbeat_ivl, self.socket.heartbeat_timeout, self.socket.connect_timeout = 1000, 3000, 1000
        self.monitor = self.socket.get_monitor_socket(UP | ENDS)
        self.monitor.linger = 0
        self.socket.connect(self.endpoint)

    def close(self) -> None:
        self.socket.disable_monitor()
        self.monitor.close()
        self.socket.close()

    def keep(self) -> None:
        """Takes what the monitor tells; the socket may be another one afterwards."""
        while self.monitor.poll(0):
            event = zmq.utils.monitor.recv_monitor_message(self.monitor)["event"]
            self.up = event == UP
            if not self.up:
                self.close()
                self.open()

    def poll(self, wait_s: float) -> bool:
        """True when there is something to read; what arrived before the end of a connection is read first."""
        end = time.monotonic() + wait_s
        while not self.socket.poll(0):
            self.keep()
            poller = zmq.Poller()
            poller.register(self.socket, zmq.POLLIN)
            poller.register(self.monitor, zmq.POLLIN)
            if not poller.poll(max(0, int((end - time.monotonic()) * 1000))):
                return False
        return True


class Client:
    def __init__(self, contract: Contract, broker: str, certificate: Path, broker_key: Path):
        self.contract = contract
        self.link = Link(broker, certificate, broker_key)

    def close(self) -> None:
        self.link.close()

    def send(self, call: Call, timeout_ms: int) -> bool:
        """False: the broker is away and nothing was sent."""
        self.link.keep()
        if not self.link.up:
            return False
        header = self.contract.header(
            request_id=call.request_id, street=call.street, method=self.contract.methods[call.method].full_name,
            timeout_ms=timeout_ms, traceparent=traceparent(call.request_id),
            after=[{"service": service, "seq": seq} for service, seq in call.after])
        request = json_format.ParseDict(call.request, self.contract.methods[call.method].request())
        address = f"{call.service}@{call.street}" if call.street else call.service
        try:
            self.link.socket.send_multipart([CLIENT, REQUEST, address.encode(), header.SerializeToString(),
                                        request.SerializeToString()], zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def receive(self, call: Call, wait_s: float) -> Answer:
        """The reply to this call; others, that came too late for their own, are dropped."""
        end = time.monotonic() + wait_s
        while reply := self.next_reply(end - time.monotonic()):
            if reply[0].request_id == call.request_id:
                return self.answer(call, *reply)
        return Answer("NONE")

    def next_reply(self, wait_s: float) -> tuple | None:
        """ReplyHeader and payload of whichever reply comes next."""
        if not self.link.poll(wait_s):
            return None
        frames = self.link.socket.recv_multipart()
        if frames[:2] != [CLIENT, FINAL] or len(frames) != 5:
            raise RuntimeError(f"no Majordomo answer: {frames}")
        return self.contract.reply_header.FromString(frames[3]), frames[4]

    def answer(self, call: Call, header, payload: bytes) -> Answer:
        answer = Answer(self.contract.code_name(header.code), message=header.message, replayed=header.replayed)
        if header.code == 0:
            response = self.contract.methods[call.method].response.FromString(payload)
            answer.response = json_format.MessageToDict(response)
        if header.HasField("position"):
            answer.position = header.position.seq
        if header.violations:
            answer.field, answer.rule = header.violations[0].field, header.violations[0].rule
        return answer
