# SPDX-License-Identifier: Apache-2.0
"""history.py - everything that happened in a run, one JSON object a line, written as it happens

A line is {"t": monotonic seconds, "what": …, …}:
  invoke              a request goes out: client, id (request_id), try, street, service, method, request
  ok, fail, unknown   how that try ended: client, id, try, street, service, method and, where there was a reply, code,
                      field and rule of the first violation, response, position (of the journal), replayed
  fault, gone         a fault begins, is over: name, kind, args
  recovered           first success after it: name, kind, seconds, limit
  note                anything else
fail promises that this try did nothing, unknown may have done it.
"""
import json
import threading
import time
from collections import Counter
from pathlib import Path


class History:
    def __init__(self, path: Path):
        self.file = open(path, "w", encoding="utf-8", buffering=1)  # a line is written at its end
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def add(self, what: str, **fields) -> None:
        line = json.dumps({"t": round(time.monotonic(), 6), "what": what, **fields}, ensure_ascii=False)
        with self.lock:
            self.file.write(line + "\n")
            self.counts[what] += 1

    def close(self) -> None:
        self.file.close()


def read(path: Path) -> list[dict]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
