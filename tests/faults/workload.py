# SPDX-License-Identifier: Apache-2.0
"""workload.py - seeded clients that ask all the time and write down what they asked and got

Each client is a thread with a connection to every broker. What it asks comes from operations.py by dice thrown from
(seed, client, number of the operation), so a seed gives every client the same choices again. A request that was not
answered, or not done, is asked again by the next broker with the same request_id, as callers are told to; some
unanswered ones are left alone for ever, and some requests go to two brokers at once under one id.
"""
import threading
import time
import traceback
from collections import Counter
from random import Random

from bus import Answer, Call, Client, Contract, uuid7
from history import History
from operations import OPERATIONS, Street, first_operations
from stack import Stack

DEADLINES_MS = (2000, 2000, 2000, 3000, 5000, 10000)
AGAIN = ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED", "UNSENT")  # this try did nothing
UNKNOWN = ("UNKNOWN", "NONE")
GIVE_UP_S = 60  # after that a request is left as it is
GRACE_S = 0.5  # waited longer than the deadline
PAUSE_S = (0.05, 0.3)  # before it is asked again
ABANDON, TWINS = 0.3, 0.04  # how often: an unknown is left alone; a request goes by two brokers at once


class Counts:
    """Requests, each counted once however often it was asked, by how it ended."""

    def __init__(self):
        self.lock, self.commands, self.outcomes = threading.Lock(), 0, Counter()

    def add(self, is_command: bool, outcome: str) -> None:
        with self.lock:
            if is_command:
                self.commands += 1
                self.outcomes[outcome] += 1


class Caller(threading.Thread):
    """One client."""

    def __init__(self, workload: "Workload", name: str, street: Street):
        super().__init__(name=name, daemon=True)
        self.workload, self.street, self.history = workload, street, workload.history
        stack = workload.stack
        brokers, key = stack.way(name)
        self.clients = [Client(workload.contract, broker, stack.certificate(f"{street.name}.staff"), key)
                        for broker in brokers.split(",")]

    def run(self) -> None:
        try:
            self.ask_all_the_time()
        except Exception:  # whatever it is: a client that is gone would only make the run milder
            self.workload.broken.append(f"client {self.name} broke: {traceback.format_exc()}")

    def ask_all_the_time(self) -> None:
        number = 0
        while not self.workload.stopping.is_set():
            number += 1
            dice = Random(f"{self.workload.seed}/{self.name}/{number}")
            operation = dice.choices(OPERATIONS, [row.weight for row in OPERATIONS])[0]
            asked = operation.ask(self.street, dice)
            if asked:
                self.do(*asked, self.street.after(*operation.after), dice)
            self.workload.stopping.wait(dice.expovariate(self.workload.rate / len(self.workload.callers)))

    def do(self, method: str, request: dict, after: list, dice: Random, abandon: float = ABANDON) -> Answer:
        """One request, until it is answered or given up."""
        service = self.workload.contract.methods[method].service
        call = Call(uuid7(), service, self.street.name, method, request, after)
        end, first, attempt, outcome = time.monotonic() + GIVE_UP_S, dice.randrange(len(self.clients)), 0, "fail"
        twins = dice.random() < TWINS and len(self.clients) > 1
        while True:
            clients = [self.clients[(first + attempt + i) % len(self.clients)] for i in range(2 if twins else 1)]
            answer = self.attempt(call, attempt, clients, dice)
            outcome = self.worse(outcome, answer.code)
            if answer.code not in AGAIN + UNKNOWN or time.monotonic() > end:
                break
            if answer.code in UNKNOWN and dice.random() < abandon:
                break
            attempt, twins = attempt + 1, False
            time.sleep(dice.uniform(*PAUSE_S))
        self.workload.counts.add(not method.startswith(("Get", "List")), outcome)
        self.remember(call, answer)
        return answer

    @staticmethod
    def worse(outcome: str, code: str) -> str:
        """Once a try is unknown the request is, until one is answered."""
        if code == "OK":
            return "ok"
        if code in UNKNOWN:
            return "unknown"
        return outcome if code in AGAIN else "fail"

    def attempt(self, call: Call, attempt: int, clients: list[Client], dice: Random) -> Answer:
        """One try by one broker, or by two at once; the better answer."""
        timeout_ms = dice.choice(DEADLINES_MS)
        sent = []
        for i, client in enumerate(clients):
            about = {"client": self.name + "~" * i, "id": call.request_id, "try": attempt, "street": call.street,
                     "service": call.service, "method": call.method}
            more = {"request": call.request, "after": call.after} if attempt == 0 else {}
            self.history.add("invoke", **about, **more)
            sent.append((client, about, client.send(call, timeout_ms)))
        answers = [client.receive(call, timeout_ms / 1000 + GRACE_S) if was_sent else Answer("UNSENT")
                   for client, _, was_sent in sent]
        for (_, about, _), answer in zip(sent, answers):
            self.write_answer(about, answer)
        return min(answers, key=lambda answer: (answer.code != "OK", answer.code in UNKNOWN, answer.code in AGAIN))

    def write_answer(self, about: dict, answer: Answer) -> None:
        what = "ok" if answer.code == "OK" else "unknown" if answer.code in UNKNOWN else "fail"
        told = {"code": answer.code}
        if answer.field:
            told |= {"field": answer.field, "rule": answer.rule}
        if answer.code == "OK":
            told |= {"response": answer.response, "replayed": answer.replayed}
        if answer.position is not None:
            told["position"] = answer.position
        self.history.add(what, **about, **told)

    def remember(self, call: Call, answer: Answer) -> None:
        if answer.code == "OK":
            self.street.learn(call.service, answer.response, answer.position)
        elif answer.code in ("ABORTED", *UNKNOWN, *AGAIN):
            self.street.doubt(call.request)

    def prepare(self) -> None:
        """What the street needs first."""
        dice = Random(f"{self.workload.seed}/{self.name}/0")
        for operation in first_operations(self.street, dice):
            asked = operation()
            answer = asked and self.do(*asked, self.street.after("registry", "selection"), dice, abandon=0)
            if not answer or answer.code != "OK":
                raise RuntimeError(f"{asked}: {answer}")


class Workload:
    def __init__(self, stack: Stack, contract: Contract, history: History, seed: int, *, clients: int = 24,
                 rate: float = 320):
        """rate: requests a second of all clients together, while the system answers at once."""
        self.stack, self.contract, self.history, self.seed, self.rate = stack, contract, history, seed, rate
        self.stopping, self.counts = threading.Event(), Counts()
        self.broken: list[str] = []
        self.streets = [Street(name) for name in stack.streets]
        self.callers = [Caller(self, f"c{i + 1}", self.streets[i % len(self.streets)]) for i in range(clients)]

    def start(self) -> None:
        for caller in self.callers[:len(self.streets)]:
            caller.prepare()
        for caller in self.callers:
            caller.start()

    def stop(self) -> None:
        """Asks nothing new; returns when every client has done with its last request."""
        self.stopping.set()
        for caller in self.callers:
            caller.join()
