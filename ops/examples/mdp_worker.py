#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mdp_worker.py - a Majordomo 0.2 worker (ZeroMQ RFC 18) behind a broker of Jusha, with none of Jusha's code

It answers with its caller's text reversed ("聚沙" becomes "沙聚"). The service is called like the certificate, whose role
must be WORKER. Needs python3-zmq; with credit python3-protobuf and protobuf-compiler, too.

  mdp_worker.py [--empty]     a plain worker: one request at a time, any frames; --empty: with the leading empty frame
  mdp_worker.py --credit N    N requests at a time, each one frame: Delivery in, Answer out

Serves until SIGTERM or Ctrl-C. From the environment: JUSHA_BROKERS (client ports; workers connect to the port after it),
JUSHA_CERTIFICATE, JUSHA_BROKER_KEY.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import zmq
import zmq.auth

WORKER = b"MDPW02"
READY, REQUEST, FINAL, HEARTBEAT, DISCONNECT = b"\x01", b"\x02", b"\x04", b"\x05", b"\x06"
HEARTBEAT_S, PATIENCE = 1.0, 3  # a broker that was silent for three beats is gone
LINK_MS = {zmq.HEARTBEAT_IVL: 1000, zmq.HEARTBEAT_TIMEOUT: 3000, zmq.CONNECT_TIMEOUT: 2000}


def contract():
    """The generated modules (delivery, envelope)."""
    proto = pathlib.Path(__file__).resolve().parents[2] / "proto"
    with tempfile.TemporaryDirectory() as folder:
        files = [str(path) for part in ("bus", "type") for path in proto.glob(f"jusha/{part}/v1/*.proto")]
        subprocess.run(["protoc", f"-I{proto}", f"--python_out={folder}", *files], check=True)
        sys.path.insert(0, folder)
        from jusha.bus.v1 import delivery_pb2, envelope_pb2
    return delivery_pb2, envelope_pb2


def connect():
    path = os.environ["JUSHA_CERTIFICATE"]
    host, port = os.environ["JUSHA_BROKERS"].split(",")[0].rsplit(":", 1)
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(path)
    socket.curve_serverkey, _ = zmq.auth.load_certificate(os.environ["JUSHA_BROKER_KEY"])
    for option, milliseconds in LINK_MS.items():
        socket.setsockopt(option, milliseconds)
    socket.linger = 500
    socket.connect(f"tcp://{host}:{int(port) + 1}")
    return socket


def reverse(text):
    return text.decode(errors="replace")[::-1].encode()


def answer_plain(frames):
    """Ticket, "" and the caller's frames as they came; back alike."""
    ticket, _, *body = frames
    return [ticket, b"", *map(reverse, body)]


def answer_delivery(frames):
    """With credit the broker asks again elsewhere what a dead worker had: doing it twice must do no harm."""
    asked = delivery.Delivery.FromString(frames[0])
    header = envelope.RequestHeader.FromString(asked.header)
    reply = envelope.ReplyHeader(request_id=header.request_id)  # code 0 is OK
    return [delivery.Answer(ticket=asked.ticket, header=reply.SerializeToString(),
                            payload=reverse(asked.payload)).SerializeToString()]


def serve(ready, lead, answer):
    """One connection, until the broker falls silent or sends us away."""
    socket = connect()
    socket.send_multipart([*lead, WORKER, READY, *ready])
    heard = beat = time.monotonic()
    while not stopped and time.monotonic() - heard < HEARTBEAT_S * PATIENCE:
        if time.monotonic() - beat >= HEARTBEAT_S:
            socket.send_multipart([*lead, WORKER, HEARTBEAT])
            beat = time.monotonic()
        if not socket.poll(200):
            continue
        frames = socket.recv_multipart()
        heard = time.monotonic()
        frames = frames[1:] if frames[0] == b"" else frames
        if frames[:2] == [WORKER, DISCONNECT]:
            break
        if frames[:2] == [WORKER, REQUEST]:
            socket.send_multipart([*lead, WORKER, FINAL, *answer(frames[2:])])
    socket.send_multipart([*lead, WORKER, DISCONNECT])
    socket.close()
    if not stopped:
        time.sleep(HEARTBEAT_S)  # a broker that is away or refuses us is not hammered


parser = argparse.ArgumentParser()
parser.add_argument("--empty", action="store_true")
parser.add_argument("--credit", type=int)
options = parser.parse_args()
stopped = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: stopped.append(True))
with open(os.environ["JUSHA_CERTIFICATE"], encoding="utf-8") as file:
    service = re.search(r'name = "([^"]+)"', file.read()).group(1).encode()
if options.credit:
    delivery, envelope = contract()
while not stopped:
    if options.credit:
        serve([service, b"%d" % options.credit], [], answer_delivery)
    else:
        serve([service], [b""] if options.empty else [], answer_plain)
