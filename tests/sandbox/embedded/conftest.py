"""A run of the servers in a process of its own, so that it can be killed."""

import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

OWNER = """
import json, sys, time
from pathlib import Path
from sandbox.embedded import start

with start(Path(sys.argv[1])) as embedded:
    print(json.dumps(vars(embedded), default=str), flush=True)
    time.sleep(600)
"""
NOBODY = pwd.getpwnam("nobody").pw_uid
PROJECT = Path(__file__).resolve().parents[3]


@dataclass
class Run:
    """An owner of both servers, and everything that it started."""

    owner: subprocess.Popen[str]
    says: dict[str, str] = field(default_factory=dict)
    started: list[int] = field(default_factory=list)

    def await_ready(self) -> None:
        assert self.owner.stdout is not None
        self.says = json.loads(self.owner.stdout.readline())
        self.started = descendants(self.owner.pid)

    def end(self, how: signal.Signals) -> None:
        self.owner.send_signal(how)
        self.owner.communicate(timeout=30)

    def await_silence(self, seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while any(map(works, self.started)):
            assert time.monotonic() < deadline, "something stayed behind"
            time.sleep(0.05)


def descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(status.parent.name))
    found: list[int] = []
    unseen = [pid]
    while unseen:
        below = children.get(unseen.pop(), [])
        found += below
        unseen += below
    return found


def works(pid: int) -> bool:
    """Whether the process is there and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def run() -> Iterator[Callable[..., Run]]:
    """Starts runs; `as_nobody` makes root an ordinary user for it."""
    runs: list[Run] = []

    def begin(folder: Path, *, as_nobody: bool = False, wait: bool = True) -> Run:
        python, identity = (_python_for_all(), NOBODY) if as_nobody else (sys.executable, None)
        owner = subprocess.Popen(
            [python, "-c", OWNER, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            user=identity,
            group=identity,
            extra_groups=[] if as_nobody else None,
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])},
        )
        runs.append(Run(owner))
        if wait:
            runs[-1].await_ready()
        return runs[-1]

    yield begin
    for one in runs:
        if one.owner.poll() is None:
            one.end(signal.SIGINT)
        one.await_silence()


def _python_for_all() -> str:
    """An interpreter of our version that an ordinary user may run."""
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        with suppress(OSError):
            subprocess.run([python, "-V"], check=True, user=NOBODY, stdout=subprocess.DEVNULL)
            return python
    pytest.skip("no interpreter that an ordinary user may run")
