# SPDX-License-Identifier: Apache-2.0
"""probe.py - how long after a fault everything answers again

A command without effect (a cursor moved from 0 to 0) goes to every service by every broker, again and again, until one
of each pair was done.
"""
import time

from bus import Call, Client, Contract, uuid7
from history import History
from stack import Stack

AGAIN_S, LOOK_S, GIVE_UP_S, TIMEOUT_MS = 0.1, 0.005, 60, 2000


class Prober:
    def __init__(self, stack: Stack, contract: Contract, history: History):
        self.stack, self.history, self.street = stack, history, stack.streets[0]
        certificate = stack.certificate(f"{self.street}.staff")
        self.clients = {broker: Client(contract, broker, certificate, stack.broker_key)
                        for broker in stack.brokers.split(",")}

    def measure(self) -> dict[tuple[str, str], float]:
        """Seconds until the first success, by (service, broker); GIVE_UP_S where there was none."""
        began = time.monotonic()
        pairs = [(service, broker) for service in self.stack.services for broker in self.clients]
        took: dict[tuple[str, str], float] = {}
        asked: dict[str, tuple[tuple[str, str], Call]] = {}
        while len(took) < len(pairs) and time.monotonic() < began + GIVE_UP_S:
            for pair in pairs:
                if pair not in took:
                    self.send(pair, asked)
            again = time.monotonic() + AGAIN_S
            while len(took) < len(pairs) and time.monotonic() < again:
                self.listen(asked, took, began)
                time.sleep(LOOK_S)
        return dict.fromkeys(pairs, GIVE_UP_S) | took

    def listen(self, asked: dict, took: dict, began: float) -> None:
        """Takes what came by now."""
        for client in self.clients.values():
            while reply := client.next_reply(0):
                self.take(client, reply, asked, took, began)

    def send(self, pair: tuple[str, str], asked: dict) -> None:
        service, broker = pair
        call = Call(uuid7(), service, self.street, "MoveCursor", {"name": "probe"})
        if self.clients[broker].send(call, TIMEOUT_MS):
            asked[call.request_id] = pair, call
            self.history.add("invoke", **self.about(call), request=call.request)

    def take(self, client: Client, reply: tuple, asked: dict, took: dict, began: float) -> None:
        if reply[0].request_id not in asked:
            return
        pair, call = asked.pop(reply[0].request_id)
        answer = client.answer(call, *reply)
        self.history.add("ok" if answer.code == "OK" else "unknown" if answer.code == "UNKNOWN" else "fail",
                         **self.about(call), code=answer.code)
        if answer.code == "OK":
            took.setdefault(pair, time.monotonic() - began)

    def about(self, call: Call) -> dict:
        return {"client": "probe", "id": call.request_id, "try": 0, "street": call.street, "service": call.service,
                "method": call.method}
