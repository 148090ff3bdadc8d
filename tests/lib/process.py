# SPDX-License-Identifier: Apache-2.0
"""process.py - one long-running program: started, stopped, killed, asked how it is

argv -> start() -> a process in a session of its own, whose output is appended to its log. start() after kill() runs
the same again, on the same ports. The admin address is read from argv (--admin=host:port), so that whoever
changes argv changes it there. Its number stands in a file while it runs; end_leftovers ends what a killed test left.
"""
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

STOP_SECONDS = 30  # a service drains for at most 25
POLL_SECONDS = 0.02


def wait_until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Returns when the condition holds; TimeoutError says what did not happen."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(POLL_SECONDS)


class Process:
    def __init__(self, name: str, argv: list[str], folder: Path, env: dict[str, str] | None = None,
                 output: Path | None = None):
        """folder: the system's, with logs/ and processes/. output: where standard output goes instead of the log."""
        self.name, self.argv, self.env = name, argv, env or {}
        self.log = folder / "logs" / f"{name}.log"
        self.output = output
        self.note = folder / "processes" / name
        self.popen: subprocess.Popen | None = None

    @property
    def pid(self) -> int | None:
        return self.popen.pid if self.popen else None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number when one ended it."""
        return self.popen.poll() if self.popen else None

    def running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def start(self) -> None:
        assert not self.running(), f"{self.name} runs already"
        with open(self.log, "ab") as log, open(self.output or os.devnull, "ab") as output:
            self.popen = subprocess.Popen(self.argv, env=os.environ | self.env, stdin=subprocess.DEVNULL, stderr=log,
                                          stdout=output if self.output else log, start_new_session=True)
        self.note.write_text(f"{self.pid} {started(self.popen.pid)}\n", encoding="utf-8")

    def kill(self, sig: int = signal.SIGKILL) -> None:
        """Sends it; after SIGKILL the process is gone when this returns."""
        if not self.running():
            return
        self.popen.send_signal(sig)
        if sig == signal.SIGKILL:
            self.popen.wait()

    def stop(self) -> int:
        """SIGTERM, waits for the end, SIGKILL after STOP_SECONDS; its exit code."""
        if self.running():
            self.resume()
            self.popen.terminate()
            try:
                self.popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self.note.unlink(missing_ok=True)
        return self.exit_code or 0

    def pause(self) -> None:
        self.kill(signal.SIGSTOP)

    def resume(self) -> None:
        self.kill(signal.SIGCONT)

    @property
    def admin(self) -> str | None:
        """host:port of /healthz, /readyz and /metrics."""
        return next((arg.removeprefix("--admin=") for arg in self.argv if arg.startswith("--admin=")), None)

    def get(self, path: str, timeout: float = 2) -> tuple[int, str]:
        """HTTP status and body from the admin port; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError as error:
            return 0, str(error)

    def metrics(self, timeout: float = 2) -> dict[str, float]:
        """Every sample of /metrics by its name with labels; none when nobody answers."""
        status, text = self.get("/metrics", timeout)
        lines = text.splitlines() if status == 200 else []
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#") and " " in line)}

    def ready(self, timeout: float = 30) -> None:
        """Waits for /readyz; TimeoutError or RuntimeError with the end of its log."""
        def is_ready() -> bool:
            if not self.running():
                raise RuntimeError(f"{self.name} ended with {self.exit_code}: {self.log_tail()}")
            return self.get("/readyz")[0] == 200
        wait_until(is_ready, timeout, f"{self.name} ready")

    def log_tail(self, lines: int = 10) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""


def started(pid: int) -> str:
    """When a process was started, in clock ticks since boot: with the number it names one process for ever."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def end_leftovers(folder: Path) -> None:
    """Ends what a test that was killed itself left running in this folder."""
    for note in (folder / "processes").glob("*"):
        pid, _, ticks = note.read_text(encoding="utf-8").strip().partition(" ")
        if pid.isdigit() and ticks and started(int(pid)) == ticks:
            os.kill(int(pid), signal.SIGKILL)
        note.unlink()
