#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mdp_client.py - a client of Jusha that uses none of Jusha's code

It speaks Majordomo 0.2 (ZeroMQ RFC 18) over CURVE, with protobuf classes that protoc makes from
proto/ as it starts. Needs python3-zmq, python3-protobuf, protobuf-compiler.

  mdp_client.py register NAME      RegisterUnit: NAME without, NAME-2 with the leading empty frame
  mdp_client.py ask SERVICE TEXT   one frame to a plain MDP service such as mdp_worker.py
  mdp_client.py call SERVICE TEXT  header and text to a service whose workers have credit (mdp_worker.py --credit)

From the environment: JUSHA_BROKERS, JUSHA_CERTIFICATE, JUSHA_BROKER_KEY, JUSHA_STREET.
Exit codes: 0 every answer was OK, 1 refused, 3 no answer.
"""
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time

import zmq
import zmq.auth

CLIENT, REQUEST, FINAL = b"MDPC02", b"\x01", b"\x03"
TIMEOUT_MS = 10000
LINK_MS = {zmq.HEARTBEAT_IVL: 1000, zmq.HEARTBEAT_TIMEOUT: 3000, zmq.CONNECT_TIMEOUT: 2000}


def contract():
    """The generated modules (envelope, code, unit)."""
    proto = pathlib.Path(__file__).resolve().parents[2] / "proto"
    with tempfile.TemporaryDirectory() as folder:
        files = [str(path) for path in proto.rglob("*.proto")]
        subprocess.run(["protoc", f"-I{proto}", f"--python_out={folder}", *files], check=True)
        sys.path.insert(0, folder)
        from jusha.bus.v1 import envelope_pb2
        from jusha.registry.v1 import unit_pb2
        from jusha.type.v1 import code_pb2
    return envelope_pb2, code_pb2, unit_pb2


def connect():
    """A DEALER to the first broker of the list."""
    public, secret = zmq.auth.load_certificate(os.environ["JUSHA_CERTIFICATE"])
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.curve_publickey, socket.curve_secretkey = public, secret
    socket.curve_serverkey, _ = zmq.auth.load_certificate(os.environ["JUSHA_BROKER_KEY"])
    for option, milliseconds in LINK_MS.items():
        socket.setsockopt(option, milliseconds)
    socket.linger = 0
    socket.connect("tcp://" + os.environ["JUSHA_BROKERS"].split(",")[0])
    return socket


def uuid7():
    """48 bits of Unix milliseconds, version 7, 74 random bits (RFC 9562)."""
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    number = number & ~(0xF000 << 64 | 0xC000 << 48) | 0x7000 << 64 | 0x8000 << 48
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def exchange(socket, service, body, empty):
    """Body frames of the answer; empty: with the leading frame that most implementations send."""
    socket.send_multipart(([b""] if empty else []) + [CLIENT, REQUEST, service.encode(), *body])
    if not socket.poll(TIMEOUT_MS):
        sys.exit(3)
    frames = socket.recv_multipart()
    if empty and frames.pop(0) != b"":
        sys.exit("the answer lacks the empty frame that the request had")
    if frames[:3] != [CLIENT, FINAL, service.encode()]:
        sys.exit(f"no Majordomo answer: {frames[:3]}")
    return frames[3:]


def ask(socket, modules, service, method, payload, empty=False):
    """ReplyHeader and payload of one request to a service of Jusha's kind."""
    envelope = modules[0]
    header = envelope.RequestHeader(request_id=uuid7(), method=method, timeout_ms=TIMEOUT_MS,
                                    street=os.environ["JUSHA_STREET"])
    reply, *answer = exchange(socket, f"{service}@{header.street}", [header.SerializeToString(), payload], empty)
    return envelope.ReplyHeader.FromString(reply), b"".join(answer)


def register(socket, modules, name, empty):
    _, code, unit = modules
    request = unit.RegisterUnitRequest(unit=unit.Unit(name=name, kind=unit.UNIT_KIND_ENTERPRISE))
    reply, payload = ask(socket, modules, "registry", "jusha.registry.v1.RegistryService/RegisterUnit",
                         request.SerializeToString(), empty)
    made = unit.RegisterUnitResponse.FromString(payload).unit
    print("with" if empty else "without", "empty frame:", code.Code.Name(reply.code),
          reply.message or f"{made.unit_id} {made.name}")
    return reply.code == code.CODE_OK


if len(sys.argv) == 3 and sys.argv[1] == "register":
    generated, dealer = contract(), connect()
    plain = register(dealer, generated, sys.argv[2], False)
    sys.exit(0 if register(dealer, generated, sys.argv[2] + "-2", True) and plain else 1)
elif len(sys.argv) == 4 and sys.argv[1] == "ask":
    answer = exchange(connect(), sys.argv[2], [sys.argv[3].encode()], False)
    print(*(frame.decode() for frame in answer))
elif len(sys.argv) == 4 and sys.argv[1] == "call":
    outcome, text = ask(connect(), contract(), sys.argv[2], "Reverse", sys.argv[3].encode())
    print(outcome.message or text.decode())
    sys.exit(1 if outcome.code else 0)
else:
    sys.exit(__doc__)
