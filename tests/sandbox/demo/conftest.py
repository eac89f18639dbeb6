"""The demo as a program, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.programs import free_port, is_free

# The demo with another program in place of `sustainer`.
INSTEAD = """
import sys
from sandbox.demo import supervisor
from sandbox.demo.__main__ import main
supervisor.SUSTAINER = sys.argv.pop(1)
sys.exit(main())
"""


@dataclass
class Demo:
    """One start of the demo, and everything that it started."""

    process: subprocess.Popen[str]
    folder: Path
    processes: Any
    stale: tuple[int, int] | None
    started: set[int] = field(default_factory=set)

    def await_ready(self, seconds: float = 60.0) -> dict[str, str]:
        deadline = time.monotonic() + seconds
        while True:
            if (told := _told(self.folder)) and told != self.stale:
                break
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < deadline, "the demo does not get ready"
            time.sleep(0.05)
        self.look()
        addresses: dict[str, str] = json.loads((self.folder / ".local" / "demo.json").read_text())
        return addresses

    def look(self) -> None:
        """Note whom it has started so far."""
        self.started.update(self.processes.below(self.process.pid))

    def pids(self, command: str) -> list[int]:
        below = self.processes.below(self.process.pid)
        return [pid for pid in below if command in self.processes.command(pid)]

    def end(self, how: signal.Signals) -> str:
        """End it; what it had said."""
        self.look()
        self.process.send_signal(how)
        said = self.process.communicate(timeout=30)[0]
        self.processes.await_end(self.started)
        return said


def _told(folder: Path) -> tuple[int, int] | None:
    """Which file of addresses is there: one that a killed run left is not that of the next."""
    try:
        found = (folder / ".local" / "demo.json").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


@pytest.fixture
def demo(processes: Any) -> Iterator[Callable[..., Demo]]:
    """Starts the demo; `instead` names a program to run in place of `sustainer`."""
    demos: list[Demo] = []
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        folder.chmod(0o755)

        def begin(*options: str, instead: Path | None = None, **around: str) -> Demo:
            program = ["-c", INSTEAD, str(instead)] if instead else ["-m", "sandbox.demo"]
            stale = _told(folder)
            process = subprocess.Popen(
                [sys.executable, "-W", "error", *program, *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=folder,
                env={**os.environ, **around},
            )
            demos.append(Demo(process, folder, processes, stale))
            return demos[-1]

        yield begin
        for each in demos:
            if each.process.poll() is None:
                each.end(signal.SIGTERM)
            processes.await_end(each.started)


@pytest.fixture
def port() -> int:
    """A free port with free ones above it."""
    while True:
        candidate = free_port()
        if all(map(is_free, range(candidate, candidate + 20))):
            return candidate


@pytest.fixture
def given(database: Any, embedded: Any) -> dict[str, str]:
    """Databases that run already, for tests that are about something else."""
    return {
        "DATABASE_URL": database.url,
        "DATABASE_OWNER_URL": database.owner_url,
        "REDIS_URL": embedded.redis_url,
    }
