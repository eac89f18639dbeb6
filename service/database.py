"""PostgreSQL through SQLAlchemy: one base for all models, one way to open a session.

`with Sessions.begin() as session:` is the only transaction idiom, and it stands in entrances
(views, tasks, commands); verbs receive the session.
"""

import secrets
import threading
from base64 import b32encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, LiteralString

import psycopg
from sqlalchemy import BigInteger, DateTime, Engine, MetaData, Text, create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Session, sessionmaker

# Text without length limits; every instant aware; every whole number wide enough for any amount.
type_annotation_map: dict[Any, Any] = {datetime: DateTime(timezone=True), str: Text, int: BigInteger}

Sessions = sessionmaker[Session]


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False):
    """Every table; constraint names follow one convention so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = type_annotation_map


def connect(url: str, *, pool_size: int = 8) -> Engine:
    """An engine that survives a database restart: each connection is tried before it is lent."""
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=2 * pool_size,
        pool_pre_ping=True,
        pool_timeout=5,
        connect_args={"connect_timeout": 5, "application_name": "sustainer"},
        # A failing statement must not carry a donor's data into a log.
        hide_parameters=True,
    )


class DatabaseAway(Exception):
    """The database does not answer; nothing was written."""


class DirectLine:
    """A connection of the driver's own for each thread, outside the pool; each statement commits by itself.

    For the one statement that all of Stripe's traffic waits for: it takes half the time that way
    (docs/performance.md). Statements must be safe to run twice, because a broken connection is
    replaced once and the statement sent again.
    """

    def __init__(self, url: str) -> None:
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._threads = threading.local()
        self._opened: list[psycopg.Connection] = []

    def execute(self, statement: LiteralString, values: Mapping[str, Any]) -> None:
        """Raises DatabaseAway."""
        connection: psycopg.Connection | None = getattr(self._threads, "connection", None)
        if connection is not None:
            try:
                connection.execute(statement, values)
                return
            except psycopg.OperationalError:
                self._forget(connection)
        try:
            self._connect().execute(statement, values)
        except psycopg.OperationalError as away:
            raise DatabaseAway(type(away).__name__) from away

    def close(self) -> None:
        """End every thread's connection."""
        for connection in list(self._opened):
            self._forget(connection)

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(
            self._address, autocommit=True, connect_timeout=5, application_name="sustainer inbox"
        )
        self._opened.append(connection)
        self._threads.connection = connection
        return connection

    def _forget(self, connection: psycopg.Connection) -> None:
        connection.close()
        self._opened.remove(connection)
        self._threads.connection = None


def open_sessions(engine: Engine) -> Sessions:
    return sessionmaker(engine, expire_on_commit=False)


def new_id(prefix: str) -> str:
    """An id of 128 random bits, as `prefix_` and 26 characters."""
    return f"{prefix}_{_base32(secrets.token_bytes(16))}"


def derived_id(prefix: str, source: str) -> str:
    """The same id for the same Stripe object, however often and in whatever order it is met."""
    return f"{prefix}_{_base32(sha256(f'{prefix}:{source}'.encode()).digest()[:16])}"


def _base32(value: bytes) -> str:
    return b32encode(value).decode().rstrip("=").lower()
