"""Hold a folder alone, with a watchdog that tidies up after us however we end."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# How long the watchdog of a killed run may take to end what that run had started.
TIDYING_SECONDS = 20.0
WATCHDOG = Path(__file__).with_name("watchdog.py")


class Busy(Exception):
    """The folder is in use by another run."""


class Watchdog:
    """Our end of the pipe to the process that outlives us."""

    def __init__(self, holding: IO[str]) -> None:
        # Isolated and without site-packages: it starts in milliseconds and imports nothing of ours.
        # A session of its own: Ctrl-C and a kill of our group do not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(WATCHDOG)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd="/",
            pass_fds=[holding.fileno()],
            start_new_session=True,
        )
        self.pid = self._process.pid

    def watch(self, pid: int, farewell: signal.Signals, patience: float) -> None:
        self._order(f"watch {pid} {int(farewell)} {patience}")

    def forget(self, pid: int) -> None:
        self._order(f"forget {pid}")

    def remove_afterwards(self, path: Path) -> None:
        self._order(f"remove {path}")

    def dismiss(self) -> None:
        """Let it do its last duties and go."""
        self._process.communicate()

    def _order(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()


@contextmanager
def claim(folder: Path) -> Iterator[Watchdog]:
    """Take the folder for ourselves, or say who has it.

    Two locks: one is ours and falls with us; the other belongs to our watchdog, so that the next
    run waits until a killed one has been tidied away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "owner.lock").open("a+") as ours, (folder / "watchdog.lock").open("a+") as its:
        if not _locked(ours):
            ours.seek(0)
            raise Busy(f"{folder} is in use by process {ours.read().strip() or 'unknown'}")
        _write_owner(ours)
        if not _locked(its, patience=TIDYING_SECONDS):
            raise Busy(f"{folder} is still being tidied up after an earlier run")
        watchdog = Watchdog(holding=its)
        try:
            yield watchdog
        finally:
            watchdog.dismiss()


def _locked(file: IO[str], patience: float = 0.0) -> bool:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)


def _write_owner(file: IO[str]) -> None:
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
