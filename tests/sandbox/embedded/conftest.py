"""A run of the servers in a process of its own, so that it can be killed."""

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

OWNER = """
import json, sys, time
from pathlib import Path
from typing import Any
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
    processes: Any
    says: dict[str, str] = field(default_factory=dict)
    started: list[int] = field(default_factory=list)

    def await_ready(self) -> None:
        assert self.owner.stdout is not None
        self.says = json.loads(self.owner.stdout.readline())
        self.started = self.processes.below(self.owner.pid)

    def end(self, how: signal.Signals) -> None:
        self.owner.send_signal(how)
        self.owner.communicate(timeout=30)

    def await_silence(self) -> None:
        self.processes.await_end(self.started)


@pytest.fixture
def run(processes: Any) -> Iterator[Callable[..., Run]]:
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
        runs.append(Run(owner, processes))
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
