"""The sandbox's time: the real clock, moved forward as far as somebody wished; and frozen test clocks."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400


@dataclass(frozen=True)
class Frozen:
    """What a test clock shows, and the number under which its appointments are kept."""

    number: int
    micros: int


class Clock:
    """Runs with the real clock; can be set forward, never back. Each thread may follow a test clock."""

    def __init__(self, ahead: int = 0) -> None:
        self.ahead = ahead  # microseconds
        self._threads = threading.local()

    @property
    def followed(self) -> Frozen | None:
        found: Frozen | None = getattr(self._threads, "followed", None)
        return found

    def follow(self, frozen: Frozen | None) -> None:
        """From here on it is as late as this test clock shows; `None` for the account's own time."""
        self._threads.followed = frozen

    @contextmanager
    def own_way(self) -> Iterator[None]:
        """Whatever is followed within, afterwards it is as before."""
        before = self.followed
        try:
            yield
        finally:
            self.follow(before)

    def micros(self) -> int:
        return self.followed.micros if self.followed else time.time_ns() // 1000 + self.ahead

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


def day_of_month(seconds: int) -> int:
    return (EPOCH + timedelta(seconds=seconds)).day


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
