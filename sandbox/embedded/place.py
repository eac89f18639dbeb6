"""Where the servers keep their data and their sockets."""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.embedded.account import Account, open_to_all, unprivileged

# Data of a database whose own folder is closed to the account that the server runs as.
OUTSIDE = Path("/var/lib/sustainer-embedded")
# Beside such data stands which folder they are of.
NOTE = ".folder"

# A socket's whole address has at most 107 bytes; the folders below are made for us alone.
SHORT = "/tmp"  # noqa: S108


@dataclass(frozen=True)
class Place:
    """The folders of one run, all private: made for one account, closed to others."""

    logs: Path
    account: Account | None
    postgres: Path
    valkey: Path
    postgres_sockets: Path
    valkey_sockets: Path

    @property
    def sockets(self) -> Path:
        return self.postgres_sockets.parent


def prepare(folder: Path, *, logs: Path, fresh: bool) -> Place:
    """Make the folders that are missing; with `fresh`, without the data that were there."""
    folder.mkdir(exist_ok=True)
    named = folder / "postgres"
    outside = OUTSIDE / _digest(folder)
    _forget_the_deleted()
    # Without the link in the folder, what lies outside belonged to a folder that was deleted.
    if fresh or not named.is_symlink():
        shutil.rmtree(outside, ignore_errors=True)
    if fresh:
        _remove(named)
        _remove(folder / "valkey")
    account = unprivileged(named)
    if account and not named.exists() and not open_to_all(folder):
        _make(OUTSIDE, None, 0o711)
        named.unlink(missing_ok=True)
        named.symlink_to(outside)
        outside.with_suffix(NOTE).write_text(str(folder))
    postgres = named.resolve()
    _make(postgres, account)
    _make(folder / "valkey", None)
    sockets = _sockets(folder)
    _make(sockets / "postgres", account)
    _make(sockets / "valkey", None)
    return Place(logs, account, postgres, folder / "valkey", sockets / "postgres", sockets / "valkey")


def _forget_the_deleted() -> None:
    """Data outside go when the folder that they are of has gone."""
    for note in OUTSIDE.glob(f"*{NOTE}"):
        # Another run may tidy up at the same moment, and be quicker.
        with suppress(FileNotFoundError):
            if not Path(note.read_text()).exists():
                shutil.rmtree(note.with_suffix(""), ignore_errors=True)
                note.unlink(missing_ok=True)


def _sockets(folder: Path) -> Path:
    """A short folder, the same for every run unless somebody else has taken it."""
    sockets = Path(SHORT, f"sustainer-{os.geteuid()}-{_digest(folder)}")
    try:
        sockets.mkdir(mode=0o711)
    except FileExistsError:
        found = sockets.lstat()
        if found.st_uid != os.geteuid() or not sockets.is_dir() or sockets.is_symlink():
            sockets = Path(tempfile.mkdtemp(prefix="sustainer-", dir=SHORT))
    # The server's account walks through; nobody but us lists or writes here.
    sockets.chmod(0o711)
    return sockets


def _make(folder: Path, account: Account | None, mode: int = 0o700) -> None:
    if not folder.exists():
        folder.mkdir(mode=mode)
        folder.chmod(mode)
        if account:
            os.chown(folder, account.uid, account.gid)


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
