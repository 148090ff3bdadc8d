#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""subscriber.py - live events of a street for a program that uses none of Jusha's code

ZeroMQ SUB over CURVE: topic "street/service/EventType", then one CloudEvents 1.0 protobuf; a topic
without an event type is a heartbeat with the journal's head. This is the fast path only: what a
subscriber misses it reads from the journal (JournalService/Read), as `jusha events` does. Needs
python3-zmq, python3-protobuf, protobuf-compiler.

  subscriber.py [COUNT]    print so many events, or until Ctrl-C

From the environment: JUSHA_BROKERS (client ports; subscribers connect to the third port after it),
JUSHA_CERTIFICATE, JUSHA_BROKER_KEY, JUSHA_STREET.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

import zmq
import zmq.auth

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
with tempfile.TemporaryDirectory() as folder:
    names = ("cloud_event", "live")
    subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={folder}",
                    *(f"{PROTO}/jusha/journal/v1/{name}.proto" for name in names)], check=True)
    sys.path.insert(0, folder)
    from jusha.journal.v1 import cloud_event_pb2, live_pb2

host, port = os.environ["JUSHA_BROKERS"].split(",")[0].rsplit(":", 1)
socket = zmq.Context.instance().socket(zmq.SUB)
public, secret = zmq.auth.load_certificate(os.environ["JUSHA_CERTIFICATE"])
socket.curve_publickey, socket.curve_secretkey = public, secret
socket.curve_serverkey, _ = zmq.auth.load_certificate(os.environ["JUSHA_BROKER_KEY"])
socket.linger = 0
socket.connect(f"tcp://{host}:{int(port) + 3}")
socket.subscribe(os.environ["JUSHA_STREET"] + "/")

left = int(sys.argv[1]) if len(sys.argv) > 1 else -1
while left != 0:
    topic, body = socket.recv_multipart()
    if topic.endswith(b"/"):
        print(topic.decode(), "head", live_pb2.Heartbeat.FromString(body).head, file=sys.stderr)
        continue
    event = cloud_event_pb2.CloudEvent.FromString(body)
    about = event.attributes
    print(topic.decode(), about["sequence"].ce_string, about["subject"].ce_string, flush=True)
    left -= 1
