"""The messages as they came, one row for each recipient, kept over restarts."""

import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TABLE = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    recipient TEXT NOT NULL COLLATE NOCASE,
    raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS message_recipient ON message (recipient, id);
"""
SELECT = "SELECT id, received_at, envelope_from, recipient, raw FROM message "


@dataclass(frozen=True)
class Received:
    id: int
    received_at: datetime
    envelope_from: str
    to: str
    raw: bytes


class Store:
    """One file, shared by the SMTP server and the pages."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        # Played mail need not survive a power cut; it has to take a newsletter's worth a second.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(TABLE)

    def keep(self, envelope_from: str, recipients: list[str], raw: bytes) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows = [(now, envelope_from, recipient, raw) for recipient in recipients]
        with self._lock:
            self._database.executemany(
                "INSERT INTO message (received_at, envelope_from, recipient, raw) VALUES (?, ?, ?, ?)",
                rows,
            )

    def newest(
        self, *, to: str | None = None, limit: int | None = None, before: int | None = None
    ) -> list[Received]:
        """The messages, newest first; `before` an id, to go on from there."""
        return self._select(
            "WHERE (:to IS NULL OR recipient = :to) AND (:before IS NULL OR id < :before)"
            " ORDER BY id DESC LIMIT :limit",
            {"to": to, "before": before, "limit": -1 if limit is None else limit},
        )

    def find(self, number: int) -> Received | None:
        found = self._select("WHERE id = :id", {"id": number})
        return found[0] if found else None

    def count(self, *, to: str | None = None) -> int:
        counting = "SELECT count(*) FROM message WHERE :to IS NULL OR recipient = :to"
        with self._lock:
            (number,) = self._database.execute(counting, {"to": to}).fetchone()
        return int(number)

    def clear(self) -> None:
        with self._lock:
            self._database.execute("DELETE FROM message")

    def close(self) -> None:
        self._database.close()

    def _select(self, condition: str, values: dict[str, str | int | None]) -> list[Received]:
        with self._lock:
            rows = self._database.execute(SELECT + condition, values).fetchall()
        return [
            Received(number, datetime.fromisoformat(at), envelope_from, to, raw)
            for number, at, envelope_from, to, raw in rows
        ]
