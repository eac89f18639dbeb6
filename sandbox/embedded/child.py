"""A program that we run in the foreground, as a child that cannot outlive us."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.embedded.account import Account
from sandbox.embedded.claim import Watchdog
from sandbox.embedded.watchdog import sweep

# The child waits for our word before it becomes the program: if we die between starting it and
# telling the watchdog, it reads the end of the pipe and goes.
GATE = 'read -r go && exec "$@" </dev/null'


class Child:
    """One running program, leader of its own session, known to the watchdog."""

    def __init__(
        self,
        watchdog: Watchdog,
        command: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        environment: Mapping[str, str],
        account: Account | None = None,
        farewell: signal.Signals = signal.SIGTERM,
        patience: float = 5.0,
    ) -> None:
        self._watchdog = watchdog
        self._farewell = farewell
        self._patience = patience
        self._buried = False
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", GATE, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                cwd=cwd,
                env=dict(environment),
                start_new_session=True,
                # What it writes is for nobody else on this machine.
                umask=0o077,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self.pid = self._process.pid
        watchdog.watch(self.pid, farewell, patience)
        assert self._process.stdin is not None
        with suppress(BrokenPipeError), self._process.stdin as gate:
            gate.write(b"go\n")

    @property
    def ended(self) -> bool:
        """Whether it has gone; where the system allows it stays a zombie, so its number stays its own."""
        if self._process.returncode is not None or not hasattr(os, "waitid"):
            return self._process.poll() is not None
        how = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, self.pid, how) is not None

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    def ask(self, farewell: signal.Signals | None = None) -> None:
        """Ask it to go, and do not wait."""
        if not self.ended:
            os.kill(self.pid, farewell or self._farewell)

    def stop(self, farewell: signal.Signals | None = None) -> None:
        """Ask it to go, give it its time, then kill what is left of its session."""
        self.ask(farewell)
        self.wait(self._patience)
        self.bury()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.ask(signal.SIGKILL)
        self.wait(self._patience)
        self.bury()

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self.ended and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.ended

    def bury(self) -> None:
        """Kill whoever is left of its session, reap it and tell the watchdog."""
        if not self._buried:
            self._buried = True
            sweep(self.pid)
            self._process.wait()
            self._watchdog.forget(self.pid)


def evict(folder: Path, program: str, patience: float = 5.0) -> None:
    """End what an earlier run left working in `folder`: its watchdog may have been killed too."""
    deadline = time.monotonic() + patience
    farewell = signal.SIGTERM
    while left := working_in(folder, program):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, farewell)
        if time.monotonic() > deadline:
            farewell = signal.SIGKILL
        time.sleep(0.05)


def working_in(folder: Path, program: str) -> list[int]:
    """The processes of that program whose working directory is `folder` (Linux only)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            runs = (process / "exe").readlink().name.removesuffix(" (deleted)")
            if runs == program and (process / "cwd").readlink() == folder:
                found.append(int(process.name))
    return found
