"""The processes of the demo: started, waited for, started again when they fall, ended together."""

import http.client
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.demo.folder import Folder
from sandbox.embedded.child import Child
from sandbox.embedded.claim import Watchdog

READY_SECONDS = 40.0
# A process that has run so long was well: its next fall is a first one again.
WELL_SECONDS = 60.0
LONGEST_PAUSE = 30.0
# How many lines of its log a failure shows.
TAIL = 15


class NotReady(Exception):
    """A process did not come up; the message carries the end of its log."""


@dataclass
class Member:
    """One process, and how often it fell lately."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: str | None = None
    patience: float = 6.0
    child: Child | None = None
    started: float = 0.0
    falls: int = 0
    again_at: float | None = None
    log: Path = field(default_factory=Path)

    @property
    def pause(self) -> float:
        return min(2.0 ** (self.falls - 1), LONGEST_PAUSE)


class Crew:
    """Processes that belong together; `tell` is how it reports."""

    def __init__(self, watchdog: Watchdog, folder: Folder, tell: Callable[[str], None]) -> None:
        self._watchdog = watchdog
        self._folder = folder
        self._tell = tell
        self._members: list[Member] = []

    def start(self, member: Member) -> None:
        member.log = self._folder.log(member.name)
        self._members.append(member)
        self._launch(member)

    def run(self, member: Member, pause: Callable[[], None]) -> None:
        """Run a program that ends by itself, and well."""
        self.start(member)
        assert member.child
        while not member.child.ended:
            pause()
        member.child.bury()
        self._members.remove(member)
        if member.child.exit_code != 0:
            raise NotReady(_fallen(member))

    def await_ready(self, pause: Callable[[], None]) -> None:
        """Wait until all answer; `pause` may end the waiting by raising."""
        deadline = time.monotonic() + READY_SECONDS
        for member in self._members:
            while not _answers(member.ready):
                assert member.child
                if member.child.ended or time.monotonic() > deadline:
                    raise NotReady(_fallen(member))
                pause()

    def look_after(self) -> None:
        """Report who fell, and start them again after a pause that grows."""
        for member in self._members:
            now = time.monotonic()
            if member.again_at is not None:
                if now >= member.again_at:
                    member.again_at = None
                    self._launch(member)
            elif member.child and member.child.ended:
                member.child.bury()
                member.falls = 1 if now - member.started > WELL_SECONDS else member.falls + 1
                member.again_at = now + member.pause
                self._tell(
                    f"{member.name} ended (exit code {member.child.exit_code}), again in"
                    f" {member.pause:.0f} s; its log: {member.log}"
                )

    def stop(self) -> None:
        """Ask all of them at once, the youngest first."""
        began = time.monotonic()
        members = list(reversed(self._members))
        for member in members:
            if member.child:
                member.child.ask()
        for member in members:
            if member.child:
                member.child.wait(began + member.patience - time.monotonic())
                member.child.bury()
        self._members.clear()

    def pids(self) -> dict[str, int]:
        return {member.name: member.child.pid for member in self._members if member.child}

    def _launch(self, member: Member) -> None:
        member.started = time.monotonic()
        member.child = Child(
            self._watchdog,
            member.command,
            log=member.log,
            cwd=Path.cwd(),
            environment=member.environment,
            patience=member.patience,
        )


def _answers(address: str | None) -> bool:
    """Whether a GET is answered with success; without an address there is nothing to ask."""
    if address is None:
        return True
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        line.request("GET", parts.path or "/")
        answered = line.getresponse().status < http.client.BAD_REQUEST
        line.close()
        return answered
    line.close()
    return False


def _fallen(member: Member) -> str:
    assert member.child
    what = "does not answer"
    if member.child.ended:
        member.child.bury()
        what = f"ended with exit code {member.child.exit_code}"
    said = member.log.read_text(errors="replace").splitlines()[-TAIL:]
    lines = [textwrap.shorten(line, 200, placeholder=" …") for line in said]
    return "\n  ".join([f"{member.name} {what}; the end of {member.log}:", *lines])
