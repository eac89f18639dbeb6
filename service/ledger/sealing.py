"""Seals what was committed since the seal before: a hash over it and the seal before, and its totals.

Append order, never calendar days: an entry is sealed once nobody can still commit before it. The
database makes the seal itself (`make_seal`, migration 0007), with rights that no program here has.
The newest seal leaves the machine: with it the whole chain before it can be held against forgery.
"""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service import clock
from service.ledger.seal_models import Seal

# Hashing and summing so many entries takes about a second.
AT_MOST = 50_000

MAKE_SEAL = text("SELECT make_seal(:sealed, :at_most)")


def seal(session: Session, at_most: int = AT_MOST) -> Seal | None:
    """Make one seal; None when nothing is left to seal. Call again, each in a transaction, until then."""
    made = session.execute(MAKE_SEAL, {"sealed": clock.now(), "at_most": at_most}).scalar_one()
    return None if made is None else session.get_one(Seal, made)


def newest_seal(session: Session) -> Seal | None:
    """What leaves the machine: its number and hash stand for everything before it."""
    return session.scalars(select(Seal).order_by(Seal.id.desc()).limit(1)).first()
