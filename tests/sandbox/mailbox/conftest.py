"""A mailbox of its own for each test file, as a program."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests


@dataclass
class Mailbox:
    """A running mailbox; `stop` it to see what it keeps."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    smtp: int = 0
    pages: str = ""

    def start(self) -> None:
        ports = self.folder / "ports.json"
        ports.unlink(missing_ok=True)
        command = [sys.executable, "-W", "error", "-m", "sandbox.mailbox"]
        command += ["--store", str(self.folder / "mail.db"), "--ports-file", str(ports)]
        self.process = subprocess.Popen(command)
        deadline = time.monotonic() + 20
        while not ports.exists():
            assert self.process.poll() is None, "the mailbox did not start"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        found = json.loads(ports.read_text())
        self.smtp, self.pages = found["smtp"], f"http://127.0.0.1:{found['http']}"

    def stop(self) -> int:
        assert self.process
        self.process.terminate()
        return self.process.wait(10)

    def faults(self, kind: str, count: int, **more: float) -> None:
        order = {"kind": kind, "count": count, **more}
        requests.post(f"{self.pages}/_sandbox/faults", json=order, timeout=5).raise_for_status()

    def messages(self, **query: str) -> list[dict[str, str]]:
        found = requests.get(f"{self.pages}/api/messages", params=query, timeout=5)
        messages: list[dict[str, str]] = found.json()
        return messages


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    mailbox = Mailbox(tmp_path_factory.mktemp("mailbox"))
    mailbox.start()
    yield mailbox
    assert mailbox.stop() == 0


@pytest.fixture
def mailbox(running: Mailbox) -> Mailbox:
    """The mailbox, empty and well."""
    requests.delete(f"{running.pages}/api/messages", timeout=5).raise_for_status()
    for kind in requests.get(f"{running.pages}/_sandbox/faults", timeout=5).json():
        running.faults(kind, 0)
    return running
