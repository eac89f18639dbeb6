"""Whom the database server runs as: PostgreSQL refuses to be root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

# The permission bits for everybody else.
READ, ENTER = stat.S_IROTH, stat.S_IXOTH


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    @property
    def name(self) -> str:
        return pwd.getpwuid(self.uid).pw_name


def unprivileged(existing_data: Path) -> Account | None:
    """The account to step down to, or None where we are an ordinary user already.

    Data that are there already stay with their owner: a demo begun by a user and gone on with by
    root must not lock that user out.
    """
    if os.geteuid() != 0:
        return None
    if existing_data.exists():
        owner = existing_data.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def open_to_all(folder: Path) -> bool:
    """Whether every account may walk through to what lies in `folder`."""
    return all(step.stat().st_mode & ENTER for step in (folder, *folder.parents))


def readable_to_all(tree: Path) -> bool:
    """Whether every account may reach and read all files of the tree."""
    if not open_to_all(tree):
        return False
    for path in tree.rglob("*"):
        mode = path.stat().st_mode
        if not mode & READ or (path.is_dir() and not mode & ENTER):
            return False
    return True


def give(tree: Path, account: Account) -> None:
    """Make the whole tree the account's own."""
    for path in (tree, *tree.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
