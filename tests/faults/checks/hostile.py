# SPDX-License-Identifier: Apache-2.0
"""hostile.py - attackers: a broker's memory is bounded whatever they do, and each gets what its certificate may have

By however many connections it comes. What reached them is isolation.py's matter.
"""
PEAK_KIB = 128 * 1024
RATES = {"VOLUNTEER": (100, 20), "WORKER": (100, 20)}  # at once, and a second (services/broker/route/role_limits.c)
SLACK = 1.5


def check_hostile(run) -> list[str]:
    peaks = [line for line in run.history if line["what"] == "peak"]
    wrong = [f"{peak['name']} (process {peak['pid']}) had {peak['kib'] // 1024} MiB"
             for peak in peaks if peak["kib"] > PEAK_KIB]
    starts = max(len({peak["pid"] for peak in peaks}), 1)  # of all brokers; each start is a fresh budget
    for name, (saw, _) in run.hostile.items():
        if saw.get("role") not in RATES:
            continue
        burst, rate = RATES[saw["role"]]
        most = (burst * starts + rate * saw["ms"] / 1000) * SLACK
        had = saw["answers"] - saw["limited"]
        if had > most:
            wrong.append(f"{name} had {had} answers by {saw['opened']} connections in {saw['ms'] / 1000:.0f} s,"
                         f" its certificate may have {most:.0f}")
    return wrong
