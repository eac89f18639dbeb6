"""The sandbox's time: the real clock, moved forward as far as somebody wished."""

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400


class Clock:
    """Runs with the real clock; can be set forward, never back."""

    def __init__(self, ahead: int = 0) -> None:
        self.ahead = ahead  # microseconds

    def micros(self) -> int:
        return time.time_ns() // 1000 + self.ahead

    def now(self) -> int:
        return self.micros() // 1_000_000

    def set(self, micros: int) -> None:
        """Go to an instant; one that has passed already changes nothing."""
        self.ahead = max(self.ahead, micros - time.time_ns() // 1000)

    def iso(self) -> str:
        return iso(self.micros())


def iso(micros: int) -> str:
    moment = EPOCH + timedelta(microseconds=micros)
    return moment.isoformat(timespec="microseconds")


def micros_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def midnight(seconds: int) -> int:
    return seconds - seconds % DAY


def months_later(start: int, months: int, anchor: int) -> int:
    """The same day some months on; on the last day of a month too short for the anchor's day."""
    begin = EPOCH + timedelta(seconds=start)
    wanted = (EPOCH + timedelta(seconds=anchor)).day
    month_index = begin.year * 12 + begin.month - 1 + months
    year, month = divmod(month_index, 12)
    day = min(wanted, days_in(year, month + 1))
    later = begin.replace(year=year, month=month + 1, day=day)
    return micros_of(later) // 1_000_000


def days_in(year: int, month: int) -> int:
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return (following - timedelta(days=1)).day
