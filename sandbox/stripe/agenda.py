"""What is to happen later: by the sandbox's clock, by a test clock, or by the real one."""

import time
from dataclasses import dataclass

from sandbox.stripe.clock import Clock
from sandbox.stripe.store import Store

# Whose time an appointment goes by; a test clock has a number of its own above these.
ACCOUNT, REAL = 0, 1


@dataclass(frozen=True)
class Appointment:
    seq: int
    due: int  # microseconds, of the clock it belongs to
    verb: str
    subject: str


class Agenda:
    """Kept in the store, so that nothing is forgotten when the sandbox stops."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def at(self, seconds: int, verb: str, subject: str) -> None:
        """When the clock that is followed shows this second; the same verb and subject only once."""
        followed = self._clock.followed
        self._enter(followed.number if followed else ACCOUNT, seconds * 1_000_000, verb, subject)

    def soon(self, micros: int, verb: str, subject: str) -> None:
        """After so much real time, however far the sandbox's clock is moved."""
        self._enter(REAL, time.time_ns() // 1000 + micros, verb, subject)

    def cancel(self, verb: str, subject: str) -> bool:
        """It shall not happen; false when it was not going to."""
        gone = self._store.execute("DELETE FROM agenda WHERE verb = ? AND subject = ?", (verb, subject))
        return bool(gone)

    def forget(self, whose: int) -> None:
        """Nothing happens any more by this clock."""
        self._store.execute("DELETE FROM agenda WHERE real = ?", (whose,))

    def due(self) -> list[Appointment]:
        return self._until(REAL, time.time_ns() // 1000) + self._until(ACCOUNT, self._clock.micros())

    def waiting_in_real_time(self) -> list[Appointment]:
        return self._until(REAL, None)

    def next_by(self, micros: int, whose: int = ACCOUNT) -> Appointment | None:
        """The earliest appointment of a clock up to an instant."""
        found = self._until(whose, micros, 1)
        return found[0] if found else None

    def take(self, appointment: Appointment) -> bool:
        """Strike it off; false when somebody else has done so."""
        return bool(self._store.execute("DELETE FROM agenda WHERE seq = ?", (appointment.seq,)))

    def _enter(self, whose: int, due: int, verb: str, subject: str) -> None:
        self._store.execute(
            "INSERT INTO agenda (real, due, verb, subject) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (verb, subject) DO UPDATE SET real = excluded.real, due = excluded.due",
            (whose, due, verb, subject),
        )

    def _until(self, whose: int, due: int | None, limit: int = 200) -> list[Appointment]:
        rows = self._store.rows(
            "SELECT seq, due, verb, subject FROM agenda WHERE real = ? AND due <= ? "
            "ORDER BY due, seq LIMIT ?",
            (whose, 2**62 if due is None else due, limit),
        )
        return [Appointment(*row) for row in rows]
