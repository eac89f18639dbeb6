"""The only reader of time: business time that may follow the sandbox's clock, and real time that never does.

Business time (`now`) dates donations, reminders and reports. With `follow(CLOCK_URL)` it keeps the
offset of the sandbox's clock, so that the demo and the simulation move Stripe and us together.
Real time (`real_now`) is for signatures, leases and rate limits, which must not jump.
"""

import json
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta

REFRESH_SECONDS = 0.5


class Follower:
    """Keeps how far another clock is ahead of ours, asked at most twice a second."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._ahead = timedelta(0)
        self._asked = float("-inf")
        self._asking = threading.Lock()

    def ahead(self) -> timedelta:
        if time.monotonic() - self._asked > REFRESH_SECONDS and self._asking.acquire(blocking=False):
            try:
                self._ask()
            finally:
                self._asking.release()
        return self._ahead

    def _ask(self) -> None:
        self._asked = time.monotonic()
        try:
            # The address is a setting of the demo, never part of a request.
            with urllib.request.urlopen(self.url, timeout=2) as answer:  # noqa: S310
                theirs = datetime.fromisoformat(json.load(answer)["now"])
        except (OSError, ValueError, KeyError):
            return  # the clock being away for a moment must not move time: the last offset holds
        self._ahead = theirs - real_now()


_follower: Follower | None = None


def follow(url: str | None) -> None:
    """Follow the clock at `url` from now on; None goes back to the machine's own."""
    global _follower  # noqa: PLW0603 - time is one for the whole process
    _follower = Follower(url) if url else None


def now() -> datetime:
    """Business time, aware UTC."""
    return real_now() + _follower.ahead() if _follower else real_now()


def real_now() -> datetime:
    """The machine's time, aware UTC."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds on a clock that only goes forward; for durations, never for dates."""
    return time.monotonic()


def rest(seconds: float) -> None:
    """Let real time pass."""
    time.sleep(seconds)


def from_epoch(seconds: int) -> datetime:
    """Stripe's whole seconds since 1970 as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)
