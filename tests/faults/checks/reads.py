# SPDX-License-Identifier: Apache-2.0
"""reads.py - who asks after a command was answered sees what it did

An object's revision grows. So no read that was asked after an answer may show an older revision than the answer did,
or nothing at all.
"""
from bisect import bisect_left
from collections import defaultdict

from checks.facts import Request, objects, requests


def check_reads(run) -> list[str]:
    known = answered_revisions(run)
    return [wrong for request in requests(run).values() if request.method.startswith("Get")
            for wrong in check_read(request, known)]


def answered_revisions(run) -> dict[tuple[str, str, str], list[tuple[float, int]]]:
    """By (street, kind, id): when which revision was first known to a caller, both rising."""
    told = defaultdict(list)
    for request in requests(run).values():
        for one in request.ended("ok"):
            for kind, thing_id, thing in objects(one.answer.get("response", {})):
                told[request.street, kind, thing_id].append((one.ended, thing["revision"]))
    for key, times in told.items():
        rising: list[tuple[float, int]] = []
        for when, revision in sorted(times):
            if not rising or revision > rising[-1][1]:
                rising.append((when, revision))
        told[key] = rising
    return told


def check_read(request: Request, known: dict) -> list[str]:
    kind = request.method.removeprefix("Get")
    kind = kind[0].lower() + kind[1:]
    thing_id, wrong = request.request.get(f"{kind}Id", ""), []
    times = known.get((request.street, kind, thing_id), [])
    for one in request.tries.values():
        before = bisect_left(times, (one.asked,))
        if not before:
            continue
        least = times[before - 1][1]
        shown = one.answer.get("response", {}).get(kind, {}).get("revision", 0)
        if one.what == "ok" and shown < least:
            wrong.append(f"{request}: shows {kind} {thing_id} at revision {shown}, answered before was {least}")
        elif one.answer.get("code") == "NOT_FOUND":
            wrong.append(f"{request}: does not find {kind} {thing_id}, which was answered at revision {least} before")
    return wrong
