"""What runs on this machine, as /proc tells it: whether a test left something behind."""

import time
from collections.abc import Iterable
from pathlib import Path

import pytest


class Processes:
    """Looks at processes; a zombie counts as gone."""

    def below(self, pid: int) -> list[int]:
        """Every child of the process, and theirs."""
        children: dict[int, list[int]] = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            if found := self._status(int(status.parent.name)):
                children.setdefault(int(found[1]), []).append(int(status.parent.name))
        below: list[int] = []
        unseen = [pid]
        while unseen:
            next_ones = children.get(unseen.pop(), [])
            below += next_ones
            unseen += next_ones
        return below

    def command(self, pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except (FileNotFoundError, ProcessLookupError):
            return ""

    def works(self, pid: int) -> bool:
        found = self._status(pid)
        return found is not None and found[0] != "Z"

    def await_end(self, pids: Iterable[int], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while left := [pid for pid in pids if self.works(pid)]:
            assert time.monotonic() < deadline, [self.command(pid) for pid in left]
            time.sleep(0.05)

    def _status(self, pid: int) -> list[str] | None:
        """Its state, its parent and more."""
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None


@pytest.fixture(scope="session")
def processes() -> Processes:
    return Processes()
