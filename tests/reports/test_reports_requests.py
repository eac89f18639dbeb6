"""What may be asked for, and how a refusal reads."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import clock
from service.reports import CannotExport, ExportRequest
from tests.reports.gifts import asked

NO_INSTANT = "is no instant, write YYYY-MM-DDTHH:MM:SS+00:00"


@pytest.mark.parametrize(
    ("report", "options", "reason"),
    [
        ("donation", {}, "'donation' is no report: donations, ledger, trial-balance"),
        ("ledger", {"file_format": "xlsx"}, "--format: 'xlsx' is none of csv"),
        ("ledger", {"date_from": "01.03.2026"}, "--from: '01.03.2026' is no day, write YYYY-MM-DD"),
        ("ledger", {"date_from": "20260301"}, "--from: '20260301' is no day, write YYYY-MM-DD"),
        ("ledger", {"date_to": "2026-02-29"}, "--to: '2026-02-29' is no day, write YYYY-MM-DD"),
        ("ledger", {"date_to": "9999-12-31"}, "--to: '9999-12-31' is no day, write YYYY-MM-DD"),
        (
            "ledger",
            {"date_from": "2026-03-02", "date_to": "2026-03-01"},
            "--from 2026-03-02 lies after --to 2026-03-01",
        ),
        ("ledger", {"currency": "xxx"}, "--currency: 'xxx' is no currency that is known here"),
        ("ledger", {"as_of": "2026-03-01"}, f"--as-of: '2026-03-01' {NO_INSTANT}"),
        ("ledger", {"as_of": "yesterday"}, f"--as-of: 'yesterday' {NO_INSTANT}"),
    ],
)
def test_a_refusal_is_one_line(report: str, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(CannotExport) as refused:
        asked(report, **options)
    assert refused.value.reasons == [reason]


def test_every_reason_is_said_at_once() -> None:
    with pytest.raises(CannotExport) as refused:
        asked("x", date_from="x", date_to="x", currency="x", as_of="x", file_format="x")
    assert len(refused.value.reasons) == 6
    assert not any("\n" in reason for reason in refused.value.reasons)


def test_what_will_be_recorded_is_not_known() -> None:
    with pytest.raises(CannotExport, match="lies in the future"):
        asked(as_of=(clock.now() + timedelta(hours=1)).isoformat())


def test_an_instant_without_offset_is_one_on_the_newsrooms_clock() -> None:
    expected = datetime(2026, 3, 1, 10, tzinfo=UTC)
    for written in ("2026-03-01T12:00:00", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00+01:00"):
        assert asked(as_of=written).as_of == expected


def test_currencies_may_be_written_large() -> None:
    assert asked(currency="EUR").currency == "eur"


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/Riga", "2026-03-29", datetime(2026, 3, 28, 22, tzinfo=UTC), 23),
        ("Europe/Riga", "2026-10-25", datetime(2026, 10, 24, 21, tzinfo=UTC), 25),
        # Clocks go forward at midnight: the day begins at one.
        ("Asia/Beirut", "2026-03-29", datetime(2026, 3, 28, 22, tzinfo=UTC), 23),
        # Clocks go back at one to midnight: the day begins at the first of two.
        ("Atlantic/Azores", "2026-10-25", datetime(2026, 10, 25, 0, tzinfo=UTC), 25),
        ("America/Havana", "2026-11-01", datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
    ],
)
def test_a_day_has_the_hours_it_has(zone: str, day: str, start: datetime, hours: int) -> None:
    request = asked(zone=ZoneInfo(zone), date_from=day, date_to=day)
    assert request.start == start
    assert request.end == start + timedelta(hours=hours)


@given(
    st.sampled_from(
        ["UTC", "Europe/Riga", "Asia/Beirut", "America/Havana", "Pacific/Apia", "Asia/Kathmandu"]
    ),
    st.dates(date(2010, 1, 1), date(2040, 12, 31)),
)
def test_days_join_without_gap_or_overlap(zone: str, day: date) -> None:
    one = ExportRequest.parse("ledger", None, day.isoformat(), None, None, "csv", ZoneInfo(zone))
    next_day = (day + timedelta(days=1)).isoformat()
    other = ExportRequest.parse("ledger", next_day, None, None, None, "csv", ZoneInfo(zone))
    assert one.end == other.start
    assert one.start is None
    assert other.end is None
