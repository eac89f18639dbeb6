"""A difference that a check has found: what it is, where it stands, and what has likely caused it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`where` names one row: the key of an entry, the id of a balance transaction, of a payout, of a seal."""

    what: str
    where: str
    cause: str

    def __str__(self) -> str:
        return f"{self.what}: {self.where}: {self.cause}"


# Of one kind of difference so many are named: whoever has thousands of them needs no list.
MOST = 100
