"""Debits and credits by account, from sealed totals as far as they reach and from postings beyond.

Totals stand for whole days (UTC) of what is sealed. Whatever they cannot say is summed from postings:
what was committed since the last seal, and the part of a day at either end. The postings are the truth;
`rebuild` compares the two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from service.ledger.seal_models import Seal

SUMS = """
    coalesce(sum(posting.amount) FILTER (WHERE posting.amount > 0), 0) AS debit,
    coalesce(-sum(posting.amount) FILTER (WHERE posting.amount < 0), 0) AS credit
"""
DAY = "(entry.effective_at AT TIME ZONE 'UTC')::date"
# Was it committed after the last seal that counts? Numbers of transactions from before a restore
# begin anew, so that the number of the entry decides too.
SINCE = "entry.id > :after_id AND (entry.xid >= CAST(:to_xid AS xid8) OR entry.id > :reach)"


@dataclass(frozen=True, kw_only=True)
class Span:
    """What is asked for: dated from `start` on and before `until`, as far as recorded by `as_of`."""

    start: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    account_id: int | None = None

    @property
    def first_day(self) -> date | None:
        """The first day that is in it whole."""
        if self.start is None:
            return None
        day = self.start.astimezone(UTC).date()
        return day if _midnight(day) == self.start else day + timedelta(days=1)

    @property
    def end_day(self) -> date | None:
        """The first day after those that are in it whole."""
        return None if self.until is None else self.until.astimezone(UTC).date()

    @property
    def edges(self) -> list[tuple[datetime, datetime]]:
        """The parts of days at its ends."""
        first, end = self.first_day, self.end_day
        if first and end and self.start and self.until and first > end:
            return [(self.start, self.until)]
        found = []
        if first and self.start and self.start < _midnight(first):
            found.append((self.start, _midnight(first)))
        if end and self.until and _midnight(end) < self.until:
            found.append((_midnight(end), self.until))
        return found


def sums(session: Session, span: Span, *, by_day: bool = False) -> list[Row[Any]]:
    """Rows of account, currency, debit and credit, and of the day where wanted."""
    seal = _last_that_counts(session, span.as_of)
    parts = list(_parts(span, seal, by_day=by_day))
    group = "account.code, account.currency" + (", part.day" if by_day else "")
    asked = text(
        f"SELECT {group}, sum(part.debit) AS debit, sum(part.credit) AS credit "  # noqa: S608 - constants
        f"FROM ({' UNION ALL '.join(parts)}) part JOIN accounts account ON account.id = part.account_id "
        f"GROUP BY {group} ORDER BY {group}"
    )
    return list(session.execute(asked, _values(span, seal)))


def _last_that_counts(session: Session, as_of: datetime | None) -> Seal | None:
    """The last seal of which all, and of those before it, was recorded by `as_of`."""
    wanted = select(Seal).order_by(Seal.id.desc()).limit(1)
    if as_of is not None:
        too_late = select(Seal.id).where(Seal.recorded_through > as_of).order_by(Seal.id).limit(1)
        first = session.scalar(too_late)
        if first is not None:
            wanted = wanted.where(Seal.id < first)
    return session.scalars(wanted).first()


def _parts(span: Span, seal: Seal | None, *, by_day: bool) -> Iterator[str]:
    if seal is None:
        yield _posted(span, _dated(span), by_day=by_day)
        return
    yield _sealed(span, by_day=by_day)
    yield _posted(span, [SINCE, *_dated(span)], by_day=by_day)
    for number in range(len(span.edges)):
        dated = [f"entry.effective_at >= :from_{number}", f"entry.effective_at < :to_{number}"]
        yield _posted(span, [f"NOT ({SINCE})", *dated], by_day=by_day)


def _sealed(span: Span, *, by_day: bool) -> str:
    where = ["total.seal_id <= :seal_id"]
    if span.first_day:
        where.append("total.day >= :first_day")
    if span.end_day:
        where.append("total.day < :end_day")
    if span.account_id is not None:
        where.append("total.account_id = :account_id")
    day = "total.day, " if by_day else ""
    return (
        f"SELECT {day}total.account_id, sum(total.debit) AS debit, sum(total.credit) AS credit "  # noqa: S608
        f"FROM seal_totals total WHERE {' AND '.join(where)} GROUP BY {day}total.account_id"
    )


def _posted(span: Span, where: list[str], *, by_day: bool) -> str:
    if span.account_id is not None:
        where = [*where, "posting.account_id = :account_id"]
    day = f"{DAY} AS day, " if by_day else ""
    return (
        f"SELECT {day}posting.account_id, {SUMS} FROM entries entry "  # noqa: S608
        f"JOIN postings posting ON posting.entry_id = entry.id WHERE {' AND '.join(where or ['true'])} "
        f"GROUP BY {f'{DAY}, ' if by_day else ''}posting.account_id"
    )


def _dated(span: Span) -> list[str]:
    where = []
    if span.start is not None:
        where.append("entry.effective_at >= :start")
    if span.until is not None:
        where.append("entry.effective_at < :until")
    if span.as_of is not None:
        where.append("entry.recorded_at <= :as_of")
    return where


def _values(span: Span, seal: Seal | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "start": span.start,
        "until": span.until,
        "as_of": span.as_of,
        "account_id": span.account_id,
        "first_day": span.first_day,
        "end_day": span.end_day,
    }
    for number, (begin, end) in enumerate(span.edges):
        values |= {f"from_{number}": begin, f"to_{number}": end}
    if seal is not None:
        values |= {
            "seal_id": seal.id,
            "after_id": seal.after_id,
            "to_xid": seal.to_xid,
            "reach": seal.reach,
        }
    return values


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
