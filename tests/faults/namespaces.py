# SPDX-License-Identifier: Apache-2.0
"""namespaces.py - networks of the test's own, and the cuts in them

enclose() runs the whole program again as the only inhabitant of fresh namespaces: network, mounts, processes, System V
memory. Whatever is made there (links, rules, mounts, processes) goes with its first process, even when that is killed:
there is nothing to clean up and nothing of the machine is touched. Inside, a Namespace is one program's own
network, joined to the others' by a veth pair:

    the enclosure (10.77.0.1 on lo, forwards) -- veth 10.77.N.1 | 10.77.N.2 -- namespace N

A cut drops packets silently at the namespace's end, as a broken cable or a firewall does; nobody gets a reset.
"""
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HUB = "10.77.0.1"  # where everybody can reach what listens outside the namespaces
MARK = "JUSHA_ENCLOSED"
UNSHARE = ["setpriv", "--pdeathsig=KILL", "unshare", "--net", "--mount", "--propagation=private", "--ipc", "--pid", "--fork",
           "--kill-child", "--mount-proc"]  # nothing inside outlives what is outside
INIT = '"$@"; exit $?'  # bash is process 1: it collects orphans, which Python would leave as zombies
TRIAL = "iptables -w -A INPUT -j DROP && ip link add name a type veth peer name b"
TOOLS = ("setpriv", "unshare", "nsenter", "ip", "iptables")
PACKETS = {"in": ("INPUT", "-i", "--sport"), "out": ("OUTPUT", "-o", "--dport")}  # as the namespace sees them
CUTS = {"in": ("in",), "out": ("out",), "both": ("in", "out")}


def run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")


def is_enclosed() -> bool:
    return MARK in os.environ


def why_not() -> str:
    """Empty where enclose() can work."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return f"{missing[0]} is not installed"
    trial = subprocess.run([*UNSHARE, "sh", "-c", TRIAL], capture_output=True, text=True)
    return "" if trial.returncode == 0 else f"no namespaces here: {trial.stderr.strip()[:100]}"


def enclose() -> str:
    """To be called first of all. Inside the enclosure it returns "", where there can be none the reason; else it runs the
    program again inside and ends with its exit code, passing on what it is told meanwhile."""
    if is_enclosed():
        furnish()
        return ""
    reason = why_not()
    if reason:
        return reason
    inner = subprocess.Popen([*UNSHARE, "bash", "-c", INIT, "init", sys.executable, *sys.argv],
                             env=os.environ | {MARK: "1"}, start_new_session=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda told, _: os.killpg(inner.pid, told))  # unshare and process 1 take no notice
    sys.exit(abs(inner.wait()))


def furnish() -> None:
    """The hub: an address, forwarding, and a place for names of namespaces that no other mount sees."""
    Path("/run/netns").mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "netns", "/run/netns")
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{HUB}/32", "dev", "lo")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")


class Namespace:
    """A network with one program in it."""

    def __init__(self, name: str, number: int):
        self.name, self.address, self.gateway = name, f"10.77.{number}.2", f"10.77.{number}.1"
        self.outside = f"veth{number}"
        self.prefix = ["nsenter", f"--net=/run/netns/{name}"]

    def make(self) -> None:
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", "name", self.outside, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run("ip", "address", "add", f"{self.gateway}/24", "dev", self.outside)
        run("ip", "link", "set", self.outside, "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")
        self.run("ip", "route", "add", "default", "via", self.gateway)

    def run(self, *argv: str) -> None:
        run(*self.prefix, *argv)

    def cut(self, way: str, ports: str = "") -> Callable[[], None]:
        """way: in, out, both. ports: "5432" or "7100:7107" of those outside, else everything. Returns what mends it."""
        rules = []
        for chain, side, port in (PACKETS[direction] for direction in CUTS[way]):
            rules.append([chain, side, "eth0", *(["-p", "tcp", port, ports] if ports else []), "-j", "DROP"])
        for rule in rules:
            self.run("iptables", "-w", "-I", *rule)

        def mend() -> None:
            for rule in rules:
                self.run("iptables", "-w", "-D", *rule)
        return mend
