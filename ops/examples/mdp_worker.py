#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mdp_worker.py - a plain Majordomo 0.2 worker (ZeroMQ RFC 18) behind a broker of Jusha

One request at a time, no credit, none of Jusha's code: it answers every body frame with its text
reversed ("聚沙" becomes "沙聚"). The service is called like the certificate, whose role must be
SERVICE. Needs python3-zmq.

  mdp_worker.py [--empty]    serve until SIGTERM or Ctrl-C; --empty: send the leading empty frame

From the environment: JUSHA_BROKERS (client ports; workers connect to the port after it),
JUSHA_CERTIFICATE, JUSHA_BROKER_KEY.
"""
import os
import re
import signal
import sys
import time

import zmq
import zmq.auth

WORKER = b"MDPW02"
READY, REQUEST, FINAL, HEARTBEAT, DISCONNECT = b"\x01", b"\x02", b"\x04", b"\x05", b"\x06"
HEARTBEAT_S, PATIENCE = 1.0, 3  # a broker that was silent for three beats is gone


def connect():
    path = os.environ["JUSHA_CERTIFICATE"]
    host, port = os.environ["JUSHA_BROKERS"].split(",")[0].rsplit(":", 1)
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(path)
    socket.curve_serverkey, _ = zmq.auth.load_certificate(os.environ["JUSHA_BROKER_KEY"])
    socket.linger = 500
    socket.connect(f"tcp://{host}:{int(port) + 1}")
    return socket


def serve(service, lead):
    """One connection, until the broker falls silent or sends us away."""
    socket = connect()
    socket.send_multipart([*lead, WORKER, READY, service])
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
            ticket, _, *body = frames[2:]
            answer = [frame.decode(errors="replace")[::-1].encode() for frame in body]
            socket.send_multipart([*lead, WORKER, FINAL, ticket, b"", *answer])
    socket.send_multipart([*lead, WORKER, DISCONNECT])
    socket.close()
    if not stopped:
        time.sleep(HEARTBEAT_S)  # a broker that is away or refuses us is not hammered


stopped = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: stopped.append(True))
with open(os.environ["JUSHA_CERTIFICATE"], encoding="utf-8") as file:
    name = re.search(r'name = "([^"]+)"', file.read()).group(1)
while not stopped:
    serve(name.encode(), [b""] if "--empty" in sys.argv else [])
