"""What is to happen later: by the sandbox's clock (a session expires) or by the real one."""

import time
from dataclasses import dataclass

from sandbox.stripe.clock import Clock
from sandbox.stripe.store import Store


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
        """When the sandbox's clock shows this second; the same verb and subject only once."""
        self._enter(0, seconds * 1_000_000, verb, subject)

    def soon(self, micros: int, verb: str, subject: str) -> None:
        """After so much real time, however far the sandbox's clock is moved."""
        self._enter(1, time.time_ns() // 1000 + micros, verb, subject)

    def cancel(self, verb: str, subject: str) -> None:
        self._store.execute("DELETE FROM agenda WHERE verb = ? AND subject = ?", (verb, subject))

    def due(self) -> list[Appointment]:
        return self._until(1, time.time_ns() // 1000) + self._until(0, self._clock.micros())

    def waiting_in_real_time(self) -> list[Appointment]:
        return self._until(1, None)

    def next_by(self, micros: int) -> Appointment | None:
        """The earliest appointment of the sandbox's clock up to an instant."""
        found = self._until(0, micros, 1)
        return found[0] if found else None

    def take(self, appointment: Appointment) -> bool:
        """Strike it off; false when somebody else has done so."""
        return bool(self._store.execute("DELETE FROM agenda WHERE seq = ?", (appointment.seq,)))

    def _enter(self, real: int, due: int, verb: str, subject: str) -> None:
        self._store.execute(
            "INSERT INTO agenda (real, due, verb, subject) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (verb, subject) DO UPDATE SET real = excluded.real, due = excluded.due",
            (real, due, verb, subject),
        )

    def _until(self, real: int, due: int | None, limit: int = 200) -> list[Appointment]:
        rows = self._store.rows(
            "SELECT seq, due, verb, subject FROM agenda WHERE real = ? AND due <= ? "
            "ORDER BY due, seq LIMIT ?",
            (real, 2**62 if due is None else due, limit),
        )
        return [Appointment(*row) for row in rows]
