"""Closes months of the newsroom's, one after another and for good.

A closed period takes no entry. What is heard of later is posted to the first open instant and keeps
its own date beside it (`writing.into_open_period`); the database refuses anything else.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service import clock
from service.ledger.accounts import SUSPENSE
from service.ledger.balances import trial_balance
from service.ledger.seal_models import Period

# Waits for everybody who is posting, and lets nobody begin until the commit.
ALONE = text("SELECT pg_advisory_xact_lock(1651470187, 1)")


class CannotClose(Exception):
    """The month stays open; the message says why, for a person to act on."""


def close_period(
    session: Session, month: str, by: str, zone: ZoneInfo, *, despite_suspense: bool = False
) -> Period:
    """Close a month (`2026-03`) in the newsroom's zone; raises CannotClose."""
    through = _end_of(month, zone)
    if through > clock.now():
        raise CannotClose(f"{month} is not over")
    session.execute(ALONE)
    last = newest_period(session)
    if last is not None and month <= last.month:
        raise CannotClose(f"{month} is closed already")
    if last is not None and month != _after(last.month):
        raise CannotClose(f"{_after(last.month)} is closed before {month}")
    if not despite_suspense:
        _refuse_suspense(session, month, through)
    period = Period(month=month, through=through, closed_at=clock.now(), closed_by=by)
    session.add(period)
    session.flush()
    return period


def newest_period(session: Session) -> Period | None:
    """The month that was closed last: the books are open from its `through` on."""
    return session.scalars(select(Period).order_by(Period.month.desc()).limit(1)).first()


def closed_periods(session: Session) -> list[Period]:
    return list(session.scalars(select(Period).order_by(Period.month)))


def _refuse_suspense(session: Session, month: str, through: datetime) -> None:
    for standing in trial_balance(session, until=through):
        if standing.account == SUSPENSE and standing.balance:
            raise CannotClose(
                f"suspense is not empty at the end of {month}: "
                f"{standing.balance} minor units of {standing.currency}"
            )


def _end_of(month: str, zone: ZoneInfo) -> datetime:
    year, number = _parts(_after(month))
    return datetime(year, number, 1, tzinfo=zone).astimezone(UTC)


def _after(month: str) -> str:
    year, number = _parts(month)
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def _parts(month: str) -> tuple[int, int]:
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as no_month:
        raise CannotClose(f"{month!r} is no month, write YYYY-MM") from no_month
    if first.strftime("%Y-%m") != month:
        raise CannotClose(f"{month!r} is no month, write YYYY-MM")
    return first.year, first.month
