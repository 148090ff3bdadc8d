#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""alerts.py - every alert is about a metric that there is, has a page of the runbook and a test

What an alert asks for and what the runbook tells people to look for is looked up in the programs' sources, so neither
outlives a name. With Debian's promtool (package prometheus) the rules are read and their own tests run, too; without it
that part is left out, and said so.
"""
import pathlib
import re
import shutil
import subprocess
import sys

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = CHECKOUT / "ops/alerts"
PARTS = ["Meaning", "Cause", "First", "Mend"]


def sources() -> str:
    """All that programs may say or count; counters of the broker's cores are rows X(name, help) of a table, those of
    the backups' schedule rows name|kind|help."""
    text = "".join(path.read_text() for folder in ("libcommon", "services")
                   for path in sorted((CHECKOUT / folder).rglob("*.[ch]")))
    text += (CHECKOUT / "ops/backup/schedule").read_text().replace("|", " ")
    return text + "".join(f'"jusha_broker_{name}_total"' for name in re.findall(r"\bX\((\w+),", text))


def rules() -> dict[str, str]:
    """Each alert's own lines."""
    parts = re.split(r"^      - alert: (\w+)\n", (ALERTS / "jusha.rules.yml").read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def runbook() -> dict[str, str]:
    """Each section's text."""
    parts = re.split(r"^## (\w+)\n", (CHECKOUT / "ops/doc/runbook.md").read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def mistakes() -> list[str]:
    """One line each."""
    text, alerts, pages = sources(), rules(), runbook()
    tested = re.findall(r"^      - alertname: (\w+)$", (ALERTS / "jusha.test.yml").read_text(), flags=re.M)
    found = [f"{name} is in the runbook and no alert" for name in pages if name not in alerts]
    for name, rule in alerts.items():
        for metric in set(re.findall(r"\b(?:jusha|process)_\w+", rule.split("for:")[0])):
            base = re.sub(r"_(bucket|sum|count)$", "", metric)
            if f'"{base}"' not in text and f"{base}{{" not in text and f"{base} " not in text:
                found.append(f"{name}: no program has {metric}")
        if tested.count(name) != 1:
            found.append(f"{name}: no test in jusha.test.yml, or several")
        if f"runbook_url: ops/doc/runbook.md#{name.lower()}\n" not in rule:
            found.append(f"{name}: its runbook_url leads elsewhere")
        page = pages.get(name, "")
        found += [f"{name}: the runbook has no {part}" for part in PARTS if f"- **{part}**: " not in page]
        for word in re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)[`{ ]", page):
            if word not in text:
                found.append(f"{name}: the runbook names {word}, which no program says")
    return found


def promtool(*arguments: str) -> bool:
    """Did it find nothing wrong?"""
    return subprocess.run(["promtool", *arguments], cwd=ALERTS, check=False).returncode == 0


def main() -> int:
    """Exit code."""
    found = mistakes()
    print(*found, sep="\n", end="\n" if found else "")
    if not shutil.which("promtool"):
        print("promtool is not installed: rules and their tests were not run")
        return 1 if found else 0
    fine = promtool("check", "rules", "jusha.rules.yml") and promtool("test", "rules", "jusha.test.yml")
    return 0 if fine and not found else 1


if __name__ == "__main__":
    sys.exit(main())
