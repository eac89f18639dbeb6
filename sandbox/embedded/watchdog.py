"""End what it was told of, once the one who told it is gone: a program that hears on stdin.

Orders, one a line: `watch PID SIGNAL SECONDS`, `forget PID`, `remove PATH`. The end of stdin means
that the teller has gone, with or without goodbye: the pipe closes even on kill -9. A parent-death
signal would not do, it is lost at setuid and fires when a mere thread dies.
"""

import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Watched:
    """One process, leader of its own session; the descriptor outlives any reuse of its number."""

    pid: int
    farewell: signal.Signals
    patience: float
    descriptor: int | None

    def wave(self) -> None:
        """Ask it to go."""
        with suppress(ProcessLookupError):
            if self.descriptor is None:
                os.kill(self.pid, self.farewell)
            else:
                signal.pidfd_send_signal(self.descriptor, self.farewell)

    def gone(self) -> bool:
        if self.descriptor is not None:
            return bool(select.select([self.descriptor], [], [], 0)[0])
        with suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return False
        return True


def listen(orders: Iterable[str]) -> tuple[list[Watched], list[str]]:
    """Hear orders until the teller is gone; what is then still watched, and paths to remove."""
    watched: dict[int, Watched] = {}
    leavings: list[str] = []
    for order in orders:
        word, argument = order.rstrip("\n").split(" ", 1)
        if word == "watch":
            pid, farewell, patience = argument.split(" ")
            watched[int(pid)] = Watched(
                int(pid), signal.Signals(int(farewell)), float(patience), open_process(int(pid))
            )
        elif word == "forget":
            ended = watched.pop(int(argument), None)
            if ended and ended.descriptor is not None:
                os.close(ended.descriptor)
        elif word == "remove":
            leavings.append(argument)
    return list(watched.values()), leavings


def open_process(pid: int) -> int | None:
    """A descriptor of the process, where the system has such a thing (Linux)."""
    if not hasattr(os, "pidfd_open"):
        return None
    with suppress(ProcessLookupError):
        return os.pidfd_open(pid)
    return None


def end(watched: list[Watched]) -> None:
    """Ask all of them at once, wait as long as each may take, kill the rest."""
    began = time.monotonic()
    for process in watched:
        process.wave()
    waiting = list(watched)
    while waiting:
        passed = time.monotonic() - began
        for process in list(waiting):
            if process.gone() or passed > process.patience:
                sweep(process.pid)
                waiting.remove(process)
        time.sleep(0.02)


def sweep(leader: int) -> None:
    """Kill what is left of a session: helpers that its leader did not take along."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    while left := in_session(leader):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def in_session(leader: int) -> list[int]:
    """The living processes of a session, whatever their groups (Linux only)."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, _group, session = status.read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state not in {"Z", "X"}:
                found.append(int(status.parent.name))
    return found


def main() -> None:
    for deaf_to in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(deaf_to, signal.SIG_IGN)
    watched, leavings = listen(sys.stdin)
    end(watched)
    for path in leavings:
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    main()
