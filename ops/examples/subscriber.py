#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""subscriber.py - every event of one journal, in order, for a program that uses none of Jusha's code

Live events come from a broker's event port, to whom FOLLOWs and PINGs there: topic "street/service/EventType", NUL, one
CloudEvents 1.0 protobuf; a topic without an event type is a heartbeat with the journal's head. That path may lose
messages, so number n+1 is taken live and whatever is missing is read from the journal
(JournalService/Read, by Majordomo 0.2). A journal may have been restored from a backup: so a position is a number and the
id of its event, and an event names the one before it. Needs python3-zmq, python3-protobuf, protobuf-compiler.

  subscriber.py [COUNT] [--service NAME] [--after SEQ[:ID]]

Prints topic, number, id and subject of so many events, or until SIGTERM; from the first one behind
SEQ, or of those only that happen from now on; ends with 3 where the journal does not have what was read. From the
environment: JUSHA_BROKERS (client ports; subscribers connect to the third port after it), JUSHA_CERTIFICATE,
JUSHA_BROKER_KEY, JUSHA_STREET.
"""
import argparse
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import tempfile
import time

import zmq
import zmq.auth

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
with tempfile.TemporaryDirectory() as folder:
    files = [str(path) for part in ("bus", "journal", "type") for path in PROTO.glob(f"jusha/{part}/v1/*.proto")]
    subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={folder}", *files], check=True)
    sys.path.insert(0, folder)
    from jusha.bus.v1 import envelope_pb2
    from jusha.journal.v1 import cloud_event_pb2, live_pb2, service_pb2

SILENCE_S, PING_S, TIMEOUT_MS = 3, 1, 10000
FOLLOW, PING, FOLLOWED, LAGGED, REFUSED, FIRST_OF_TOPIC = b"\x01", b"\x03", 0x11, 0x14, 0x15, 0x20
# As codes: the broker does not know this follower (any more); too much at once; see ask_journal.
NOT_FOUND, RESOURCE_EXHAUSTED, FAILED_PRECONDITION = 5, 8, 9
UNAUTHENTICATED = 16  # this broker does not know the certificate (any more): the others may
LINK_MS = {zmq.HEARTBEAT_IVL: 1000, zmq.HEARTBEAT_TIMEOUT: 3000, zmq.CONNECT_TIMEOUT: 2000}
STREET = os.environ["JUSHA_STREET"]
BROKERS = [broker.rsplit(":", 1) for broker in os.environ["JUSHA_BROKERS"].split(",")]
parser = argparse.ArgumentParser()
parser.add_argument("count", nargs="?", type=int, default=-1)
parser.add_argument("--service", default="registry")
parser.add_argument("--after", default="-1")
options = parser.parse_args()
PREFIX = f"{STREET}/{options.service}/".encode()


def connect(broker, port):
    """A DEALER to one port of a broker, counted from its client port."""
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(os.environ["JUSHA_CERTIFICATE"])
    socket.curve_serverkey, _ = zmq.auth.load_certificate(os.environ["JUSHA_BROKER_KEY"])
    for option, milliseconds in LINK_MS.items():
        socket.setsockopt(option, milliseconds)
    socket.linger = 0
    socket.connect(f"tcp://{broker[0]}:{int(broker[1]) + port}")
    return socket


class Feed:
    """The event port of one broker. The prefix is the whole service: heartbeats, and numbers without gaps."""

    def __init__(self, broker):
        self.broker, self.refused = broker, False
        self.open()

    def open(self):
        self.socket = connect(self.broker, 3)
        self.socket.send(FOLLOW + PREFIX)
        self.heard = self.asked = time.monotonic()

    def keep(self):
        """A PING each second, which asks a broker that was too busy again; a new connection when nothing answers."""
        if time.monotonic() - self.heard >= SILENCE_S:
            self.socket.close()
            self.open()
        elif time.monotonic() - self.asked >= PING_S:
            self.asked = time.monotonic()
            self.socket.send(FOLLOW + PREFIX if self.refused else PING)

    def receive(self):
        head, _, body = self.socket.recv().partition(b"\0")
        self.heard = time.monotonic()
        if head[0] == FOLLOWED:
            self.refused = False
        elif head[0] == REFUSED:
            self.refuse(envelope_pb2.ReplyHeader.FromString(body))
        return head, body

    def refuse(self, reply):
        """Forgotten: FOLLOW at once. Busy, or a broker that lost the certificate: again with the next PING."""
        self.refused = True
        if reply.code == NOT_FOUND:
            self.socket.send(FOLLOW + PREFIX)
        elif reply.code != RESOURCE_EXHAUSTED and (
                reply.code != UNAUTHENTICATED or all(feed.refused for feed in feeds)):
            sys.exit(f"may not follow: code {reply.code} {reply.message}")


class Caller:
    """The client port of one broker; the connection is kept, as handshakes are limited."""

    def __init__(self, broker):
        self.broker, self.socket = broker, connect(broker, 0)

    def ask(self, header, request):
        """The answer's header and payload, or None: what was heard of an earlier question is passed over."""
        self.socket.send_multipart([b"MDPC02", b"\x01", f"{options.service}@{STREET}".encode(),
                                    header.SerializeToString(), request.SerializeToString()])
        end = time.monotonic() + SILENCE_S
        while (left := end - time.monotonic()) > 0 and self.socket.poll(int(left * 1000)):
            reply, payload = self.socket.recv_multipart()[3:]
            answer = envelope_pb2.ReplyHeader.FromString(reply)
            if answer.request_id == header.request_id:
                return answer, payload
        self.socket.close()  # whatever hangs there
        self.socket = connect(self.broker, 0)
        return None


def uuid7():
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    text = f"{number & ~(0xF000 << 64 | 0xC000 << 48) | 0x7000 << 64 | 0x8000 << 48:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def retry_s(answer):
    """How long a broker asks to wait: rule "rate" says it."""
    return max((int(one.params["retry_ms"]) / 1000 for one in answer.violations if "retry_ms" in one.params), default=0)


def read_journal():
    """Up to 500 events behind the last one; none when no broker answers: the next look asks again."""
    header = envelope_pb2.RequestHeader(request_id=uuid7(), street=STREET, timeout_ms=TIMEOUT_MS,
                                        method="jusha.journal.v1.JournalService/Read")
    request = service_pb2.ReadRequest(after_seq=last, after_id=last_id)
    for caller in callers:
        answer, payload = caller.ask(header, request) or (None, None)
        if answer is None:
            continue
        if answer.code == 0:
            return service_pb2.ReadResponse.FromString(payload).events
        if answer.code == FAILED_PRECONDITION and any(one.rule == "other_history" for one in answer.violations):
            print(answer.message, file=sys.stderr)
            sys.exit(3)  # what was made of the events read so far must be rebuilt
        time.sleep(min(retry_s(answer), PING_S))
    return []


def take(event):
    """Prints an event if it is the next one; True unless it is beyond that, or of another history."""
    global last, last_id
    seq, before = int(event.attributes["sequence"].ce_string), event.attributes["predecessor"].ce_string
    other_history = last_id and (seq == last + 1 and before != last_id or seq == last and event.id != last_id)
    if last >= 0 and seq > last + 1 or other_history:
        return False
    if last < 0 or seq > last:
        last, last_id = seq, event.id
        print(f"{STREET}/{options.service}/{event.type.rsplit('.', 1)[1]}", event.attributes["sequence"].ce_string,
              event.id, event.attributes["subject"].ce_string, flush=True)
        options.count -= 1
        if options.count == 0:
            sys.exit(0)
    return True


def catch_up():
    while last >= 0 and (events := read_journal()):
        for event in events:
            take(event)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
last, last_id, incarnation = int(options.after.partition(":")[0]), options.after.partition(":")[2], None
callers, feeds = [Caller(broker) for broker in BROKERS], []
feeds += [Feed(broker) for broker in BROKERS]
catch_up()
beaten = looked = time.monotonic()  # when a heartbeat came, and when the journal was looked at for lack of one
while True:
    for readable in zmq.select([feed.socket for feed in feeds], [], [], 0.2)[0]:
        head, body = next(feed for feed in feeds if feed.socket is readable).receive()
        if head[0] == LAGGED or head[0] == FOLLOWED and not body:
            catch_up()
        elif head[0] >= FIRST_OF_TOPIC and not head.endswith(b"/"):
            if not take(cloud_event_pb2.CloudEvent.FromString(body)):
                catch_up()
        elif head[0] >= FIRST_OF_TOPIC or head[0] == FOLLOWED:  # a heartbeat, or the last one
            beat = live_pb2.Heartbeat.FromString(body)
            print(PREFIX.decode(), "head", beat.head, file=sys.stderr)
            restored = head[0] >= FIRST_OF_TOPIC and incarnation not in (None, beat.incarnation)
            if head[0] >= FIRST_OF_TOPIC:
                incarnation, beaten = beat.incarnation, time.monotonic()
            if last < 0:
                last, last_id = beat.head, beat.event_id
            elif beat.head > last or restored or beat.head == last and last_id and beat.event_id != last_id:
                catch_up()
    now = time.monotonic()
    if now - beaten >= SILENCE_S and now - looked >= PING_S:  # nobody says how far the journal is
        looked = now
        catch_up()
    for feed in feeds:
        feed.keep()
