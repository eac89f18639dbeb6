"""What is asked for: a report, days in the newsroom's zone, and as the books stood when."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from service import clock
from service.money import Currency, UnknownCurrency
from service.reports.specs import REPORTS, ReportSpec

FORMATS = ("csv",)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Stripe opened in 2010; dates far outside are slips of the hand, and break calendars.
FIRST_YEAR, LAST_YEAR = 2000, 2999


class CannotExport(ValueError):
    """What was asked for makes no report; `reasons` says each thing in one line."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """`date_from` and `date_to` are both included; None leaves that side open."""

    spec: ReportSpec
    zone: ZoneInfo
    date_from: date | None = None
    date_to: date | None = None
    currency: str | None = None
    as_of: datetime | None = None
    file_format: str = "csv"

    @classmethod
    def parse(
        cls,
        report: str,
        date_from: str | None,
        date_to: str | None,
        currency: str | None,
        as_of: str | None,
        file_format: str,
        zone: ZoneInfo,
    ) -> "ExportRequest":
        """From words, as a command or an address gives them. Raises CannotExport with every reason."""
        reasons: list[str] = []
        spec = REPORTS.get(report)
        if spec is None:
            reasons.append(f"{report!r} is no report: {', '.join(sorted(REPORTS))}")
        if file_format not in FORMATS:
            reasons.append(f"--format: {file_format!r} is none of {', '.join(FORMATS)}")
        first, last = _day("--from", date_from, reasons), _day("--to", date_to, reasons)
        if first and last and first > last:
            reasons.append(f"--from {first} lies after --to {last}")
        wanted = _currency(currency, reasons)
        instant = _instant(as_of, zone, reasons)
        if reasons or spec is None:
            raise CannotExport(reasons)
        return cls(
            spec=spec,
            zone=zone,
            date_from=first,
            date_to=last,
            currency=wanted,
            as_of=instant,
            file_format=file_format,
        )

    @property
    def start(self) -> datetime | None:
        """The instant at which the first day begins."""
        return None if self.date_from is None else _midnight(self.date_from, self.zone)

    @property
    def end(self) -> datetime | None:
        """The instant at which the last day has ended, itself not included."""
        return None if self.date_to is None else _midnight(self.date_to + timedelta(days=1), self.zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day, also where clocks change at midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _day(option: str, given: str | None, reasons: list[str]) -> date | None:
    if not given:
        return None
    try:
        day = date.fromisoformat(given) if DAY.fullmatch(given) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        reasons.append(f"{option}: {given!r} is no day, write YYYY-MM-DD")
        return None
    return day


def _currency(given: str | None, reasons: list[str]) -> str | None:
    if not given:
        return None
    try:
        return Currency.of(given.lower()).code
    except UnknownCurrency as unknown:
        reasons.append(f"--currency: {unknown}")
        return None


def _instant(given: str | None, zone: ZoneInfo, reasons: list[str]) -> datetime | None:
    """An instant without an offset is one on the newsroom's clock."""
    if not given:
        return None
    try:
        instant = None if DAY.fullmatch(given) else datetime.fromisoformat(given)
    except ValueError:
        instant = None
    if instant is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        reasons.append(f"--as-of: {given!r} is no instant, write YYYY-MM-DDTHH:MM:SS+00:00")
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    if instant > clock.now():
        reasons.append("--as-of: lies in the future, and what will be recorded until then is not known")
        return None
    return instant.astimezone(UTC)
