"""Every object as a JSON document in one SQLite file, kept when the sandbox stops."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.stripe.errors import Json
from sandbox.stripe.tables import SCHEMA, TABLES

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Closed(SystemExit):
    """The store is closed: the thread that comes too late ends here, and quietly."""


class Store:
    """One at a time: whoever holds the transaction holds the whole world, readers too."""

    def __init__(self, path: Path | str, seed: str) -> None:
        self.lock = threading.RLock()
        self._closed = False
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        self._db.execute("PRAGMA journal_mode = WAL")
        # The file outlives a killed process; a power cut may cost a sandbox its last seconds.
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(SCHEMA)
        self._seed = self.remember("seed", seed)
        self._depth = 0
        self._loaded: dict[str, Json] = {}
        self._afterwards: list[Callable[[], None]] = []
        self._count = self._written = int(self.meta("ids") or "0")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction within a transaction is a savepoint."""
        with self.lock:
            self._check_open()
            self._depth += 1
            name = f"depth{self._depth}"
            self._db.execute("BEGIN IMMEDIATE" if self._depth == 1 else f"SAVEPOINT {name}")
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("ROLLBACK")
                    self._afterwards.clear()
                else:
                    self._db.execute(f"ROLLBACK TO {name}")
                    self._db.execute(f"RELEASE {name}")
                self._loaded.clear()
                raise
            else:
                if self._depth == 1:
                    self._write_count()
                self._db.execute("COMMIT" if self._depth == 1 else f"RELEASE {name}")
                if self._depth == 1:
                    self._loaded.clear()
                    self._run_afterwards()
            finally:
                self._depth -= 1

    def after_commit(self, act: Callable[[], None]) -> None:
        if act not in self._afterwards:
            self._afterwards.append(act)

    def _run_afterwards(self) -> None:
        due, self._afterwards = self._afterwards, []
        for act in due:
            act()

    def new_id(self, prefix: str, length: int = 24) -> str:
        """An id that follows from the seed and the number of ids before it."""
        self._count += 1
        noise = hashlib.shake_256(f"{self._seed}:{self._count}".encode()).digest(length)
        return f"{prefix}_{''.join(ALPHABET[byte % 62] for byte in noise)}"

    def add(self, document: Json, hidden: Json | None = None, created: int | None = None) -> Json:
        """Keep a new object; `hidden` is what Stripe would know and not show, as some objects' age."""
        self._db.execute(
            "INSERT INTO objects (id, kind, created, body, hidden) VALUES (?, ?, ?, ?, ?)",
            (
                document["id"],
                document["object"],
                document["created"] if created is None else created,
                json.dumps(document, ensure_ascii=False, separators=(",", ":")),
                json.dumps(hidden or {}),
            ),
        )
        self._loaded[document["id"]] = document
        return document

    def save(self, document: Json) -> Json:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        self._db.execute("UPDATE objects SET body = ? WHERE id = ?", (text, document["id"]))
        self._loaded[document["id"]] = document
        return document

    def get(self, object_id: str) -> Json | None:
        """The object; within one transaction always the same one."""
        if object_id in self._loaded:
            return self._loaded[object_id]
        found = self.rows("SELECT body FROM objects WHERE id = ?", (object_id,))
        if not found:
            return None
        document: Json = json.loads(found[0][0])
        self._loaded[object_id] = document
        return document

    def drop(self, object_id: str) -> None:
        self._db.execute("DELETE FROM objects WHERE id = ?", (object_id,))
        self._loaded.pop(object_id, None)

    def hidden(self, object_id: str) -> Json:
        found = self.rows("SELECT hidden FROM objects WHERE id = ?", (object_id,))
        hidden: Json = json.loads(found[0][0]) if found else {}
        return hidden

    def hide(self, object_id: str, **facts: Any) -> None:
        text = json.dumps({**self.hidden(object_id), **facts})
        self._db.execute("UPDATE objects SET hidden = ? WHERE id = ?", (text, object_id))

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self.lock:
            self._check_open()
            return self._db.execute(sql, values).fetchall()

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> int:
        """Run one statement; tells how many rows it touched."""
        with self.lock:
            self._check_open()
            return self._db.execute(sql, values).rowcount

    def insert(self, sql: str, values: tuple[Any, ...]) -> int:
        return self._db.execute(sql, values).lastrowid or 0

    def meta(self, name: str) -> str | None:
        found = self.rows("SELECT value FROM meta WHERE name = ?", (name,))
        return str(found[0][0]) if found else None

    def set_meta(self, name: str, value: str) -> None:
        self.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def remember(self, name: str, value: str) -> str:
        """The value kept from the first start on."""
        known = self.meta(name)
        if known is None:
            self.set_meta(name, value)
        return known or value

    def wipe(self) -> None:
        """Forget everything but the seed: the same seed then gives the same ids again."""
        for table in TABLES:
            self.execute(f"DELETE FROM {table}")  # noqa: S608
        self.set_meta("seed", self._seed)
        self._loaded.clear()
        self._count = self._written = 0

    def close(self) -> None:
        """Everything into the one file, and no more."""
        with self.lock:
            self._closed = True
            self._db.close()

    def _check_open(self) -> None:
        if self._closed:
            raise Closed

    def _write_count(self) -> None:
        if self._count != self._written:
            self.set_meta("ids", str(self._count))
            self._written = self._count
