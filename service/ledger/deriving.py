"""Makes an entry again from what it was made of: its balance transaction or fact, and its context."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.gateway import BalanceTransaction
from service.ledger import own_rules, reclassifying
from service.ledger.entry import Context, NewEntry, NewPosting
from service.ledger.models import Entry
from service.ledger.own_rules import LostDispute, Opening
from service.ledger.payout_facts import PayoutFacts
from service.ledger.rules import entry_for
from service.ledger.standing import Standing, standing


class Underivable(Exception):
    """The message says what is missing to make the entry again."""


@dataclass(frozen=True, kw_only=True)
class Stands:
    """An entry as it stands, with the balance transaction that it speaks of."""

    id: int
    key: str
    kind: str
    effective_at: datetime
    context: Mapping[str, Any]
    reverses_id: int | None
    currencies: tuple[str, ...]
    postings: tuple[NewPosting, ...]
    moved: BalanceTransaction | None


def derive(session: Session, stands: Stands) -> NewEntry:
    """Raises Underivable."""
    try:
        made = _made_again(session, stands)
    except (KeyError, TypeError, ValueError, AttributeError) as unreadable:
        raise Underivable(f"its context cannot be read ({unreadable!r})") from unreadable
    if made is None:
        raise Underivable("what it was made of moves nothing")
    return made


def _made_again(session: Session, stands: Stands) -> NewEntry | None:
    if stands.key.startswith("stripe:"):
        return entry_for(_moved(stands), Context.read(stands.context))
    match stands.kind:
        case reclassifying.KIND:
            return _reclassification(session, stands)
        case own_rules.LOST:
            return own_rules.dispute_lost(LostDispute(**_fact(stands.context)))
        case own_rules.ARRIVED:
            return own_rules.payout_arrived(_payout(stands.context))
        case own_rules.OPENING:
            return own_rules.opening(Opening(**_fact(stands.context)))
        case own_rules.WON_AFTER_ALL:
            return own_rules.won_after_all(_reversed(session, stands), _at(stands.context))
        case own_rules.RETURNED:
            return own_rules.payout_returned(_reversed(session, stands), _at(stands.context))
    raise Underivable("no rule makes entries of this kind")


def _moved(stands: Stands) -> BalanceTransaction:
    if stands.moved is None:
        raise Underivable("its balance transaction is not in the mirror")
    return stands.moved


def _reclassification(session: Session, stands: Stands) -> NewEntry | None:
    moved = _moved(stands)
    said = reclassifying.contexts(session, moved.id)
    place = [each.key for each in said].index(stands.key)
    if place == 0:
        raise Underivable("the entry that it reclassifies is gone")
    return reclassifying.reclassification(moved, said[place - 1].context, said[place].context, number=place)


def _reversed(session: Session, stands: Stands) -> Standing:
    key = session.scalar(select(Entry.key).where(Entry.id == stands.reverses_id))
    found = standing(session, key) if key else None
    if found is None:
        raise Underivable("the entry that it reverses is gone")
    return found


def _fact(context: Mapping[str, Any]) -> dict[str, Any]:
    names = ("dispute_id", "amount", "currency", "donation_id", "request_id")
    return {name: context[name] for name in names if name in context} | {"at": _at(context)}


def _payout(context: Mapping[str, Any]) -> PayoutFacts:
    at = _at(context)
    return PayoutFacts(
        id=context["payout_id"],
        amount=context["amount"],
        currency=context["currency"],
        automatic=False,
        created_at=at,
        status="paid",
        arrival_date=at,
        reconciliation_status="",
    )


def _at(context: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(context["at"])
