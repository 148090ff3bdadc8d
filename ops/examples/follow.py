#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""follow.py PREFIX - prints topic and sequence of the events under a prefix ("xiasha/registry/") as they happen

Live only: a number that is missing stands in the journal (subscriber.py). Needs python3-zmq, python3-protobuf,
protobuf-compiler. From the environment: JUSHA_BROKERS (the first one's fourth port), JUSHA_CERTIFICATE, JUSHA_BROKER_KEY.
"""
import os, pathlib, subprocess, sys, tempfile, time, zmq, zmq.auth

proto, folder = pathlib.Path(__file__).resolve().parents[2] / "proto", tempfile.TemporaryDirectory()
subprocess.run(["protoc", f"-I{proto}", f"--python_out={folder.name}", *map(str, proto.rglob("*.proto"))], check=True)
sys.path.insert(0, folder.name)
from jusha.bus.v1 import envelope_pb2
from jusha.journal.v1 import cloud_event_pb2

FOLLOW, PING, REFUSED, NOT_FOUND, FIRST_OF_TOPIC = b"\x01" + sys.argv[1].encode(), b"\x03", 0x15, 5, 0x20
host, port = os.environ["JUSHA_BROKERS"].split(",")[0].rsplit(":", 1)
while True:  # a connection; a new one after 3 s of silence, as ZeroMQ does not reconnect where its key was refused
    with zmq.Context.instance().socket(zmq.DEALER) as socket:
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(os.environ["JUSHA_CERTIFICATE"])
        socket.curve_serverkey, socket.linger = zmq.auth.load_certificate(os.environ["JUSHA_BROKER_KEY"])[0], 0
        socket.connect(f"tcp://{host}:{int(port) + 3}")
        socket.send(FOLLOW)
        heard = asked = time.monotonic()
        while time.monotonic() - heard < 3:
            if time.monotonic() - asked >= 1:
                asked = socket.send(PING) or time.monotonic()
            if socket.poll(200):
                heard, (head, _, body) = time.monotonic(), socket.recv().partition(b"\0")
                if head[0] == REFUSED:  # not found: it does not know us any more
                    code = envelope_pb2.ReplyHeader.FromString(body).code
                    socket.send(FOLLOW) if code == NOT_FOUND else sys.exit(f"refused with code {code}")
                elif head[0] >= FIRST_OF_TOPIC and not head.endswith(b"/"):  # without a type it is a heartbeat
                    print(head.decode(), cloud_event_pb2.CloudEvent.FromString(body).attributes["sequence"].ce_string, flush=True)
