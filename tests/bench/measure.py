# SPDX-License-Identifier: Apache-2.0
"""measure.py - runs, medians, and the line that a figure becomes

A figure and its yardstick are measured in turns, so that a machine that slows down slows both. What is printed is the
median of the runs; spread is (largest - smallest) / median.
"""
from collections.abc import Callable
from statistics import median

Run = Callable[[], dict]  # one measurement; its values are numbers


def alternate(runs: int, *measures: Run) -> list[list[dict]]:
    """The results of each measure, in the order of `measures`."""
    results: list[list[dict]] = [[] for _ in measures]
    for _ in range(runs):
        for measure, result in zip(measures, results):
            result.append(measure())
    return results


def middle(results: list[dict], key: str) -> float:
    return median(result[key] for result in results)


def spread(results: list[dict], key: str) -> float:
    values = [result[key] for result in results]
    return (max(values) - min(values)) / median(values) if median(values) else 0.0


def costs(results: list[dict]) -> dict[str, float]:
    """Processor time of an answer, by program; those that took none in some run are left out."""
    return {name: median(result["cpu_us"][name] for result in results) for name in results[0]["cpu_us"]
            if all(name in result["cpu_us"] for result in results)}


def rounded(value):
    """Four digits are more than a figure can tell."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if not isinstance(value, float):
        return value
    return round(value) if abs(value) >= 1000 else float(f"{value:.4g}")


def line(name: str, value: float, unit: str, yardstick: float | None = None, **more) -> dict:
    """The object that is printed. more: percentiles, runs, spread, whatever explains it."""
    ratio = value / yardstick if yardstick else None
    return rounded({"name": name, "value": value, "unit": unit, "yardstick": yardstick, "ratio": ratio} | more)


def compared(name: str, runs: int, own: Run, yardstick: Run, **more) -> dict:
    """Rates of two loads in turns."""
    ours, theirs = alternate(runs, own, yardstick)
    return line(name, middle(ours, "rate"), "1/s", middle(theirs, "rate"),
                p50_ms=middle(ours, "p50_us") / 1000, p99_ms=middle(ours, "p99_us") / 1000,
                cpu_us=costs(ours), runs=runs, spread=spread(ours, "rate"), yardstick_spread=spread(theirs, "rate"),
                **more)
