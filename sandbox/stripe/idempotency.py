"""The same Idempotency-Key twice: the first answer again, whatever it was."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.stripe.errors import Json, key_in_use, other_endpoint, other_parameters
from sandbox.stripe.store import Store


@dataclass(frozen=True)
class Reply:
    """An answer as it was given."""

    status: int
    body: str
    request_id: str


class Replays:
    """Answers by key; they stay as long as the store does."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def alone(self, key: str | None) -> Iterator[None]:
        """Two requests with one key at the same moment: the second is sent away."""
        if key is None:
            yield
            return
        with self._lock:
            if key in self._under_way:
                raise key_in_use(key)
            self._under_way.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(key)

    def find(self, key: str, path: str, given: Json) -> Reply | None:
        rows = self._store.rows(
            "SELECT path, digest, status, body, request_id FROM replies WHERE key = ?", (key,)
        )
        if not rows:
            return None
        known_path, known_digest, status, body, request_id = rows[0]
        if known_path != path:
            raise other_endpoint(key, known_path)
        if known_digest != digest(given):
            raise other_parameters(key)
        return Reply(status, body, request_id)

    def keep(self, key: str, path: str, given: Json, reply: Reply) -> None:
        self._store.execute(
            "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?)",
            (key, path, digest(given), reply.status, reply.body, reply.request_id),
        )


def digest(given: Json) -> str:
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()
