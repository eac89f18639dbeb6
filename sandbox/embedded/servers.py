"""Both servers together, with the roles and databases that the service expects."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from sandbox.embedded.claim import claim
from sandbox.embedded.place import prepare
from sandbox.embedded.postgres import Postgres
from sandbox.embedded.valkey import Valkey

OWNER = "sustainer_owner"
GROUP = "sustainer_app"
LOGIN = "sustainer_web"
DATABASE = "sustainer"


class Embedded:
    """The running servers: their addresses, and the ways to make them fail."""

    def __init__(self, postgres: Postgres, valkey: Valkey, logs: Path) -> None:
        self._postgres = postgres
        self._valkey = valkey
        self.logs = logs
        self.bin = postgres.bin
        self.owner_url = postgres.url(OWNER, DATABASE)
        self.database_url = postgres.url(LOGIN, DATABASE)
        self.redis_url = valkey.url

    def create_database(self, name: str, template: str = "template1") -> tuple[str, str]:
        """A database more, empty or a copy; its addresses for the owner and for the application."""
        with psycopg.connect(self._postgres.url("postgres", "postgres"), autocommit=True) as inside:
            inside.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
        return self._postgres.url(OWNER, name), self._postgres.url(LOGIN, name)

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self._postgres.url("postgres", "postgres"), autocommit=True) as inside:
            inside.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def revive(self) -> list[str]:
        """Start again what has ended without being asked to; its names."""
        revived = []
        if self._postgres.fallen:
            self._postgres.start()
            revived.append("PostgreSQL")
        if self._valkey.fallen:
            self._valkey.start()
            revived.append("Valkey")
        return revived

    def start_postgres(self) -> None:
        self._postgres.start()

    def stop_postgres(self, mode: Literal["fast", "kill"] = "fast") -> None:
        self._postgres.stop(mode)

    def start_valkey(self) -> None:
        self._valkey.start()

    def stop_valkey(self, kill: bool = False) -> None:
        self._valkey.stop(kill=kill)


@contextmanager
def start(folder: Path, *, durable: bool = True, fresh: bool = False) -> Iterator[Embedded]:
    """Run both servers with their data in `folder` until the end of the block.

    Without `durable` (tests) nothing is waited for on disk and the data are their own: they begin
    empty and go with the servers. `fresh` begins empty too. Raises `Busy` where another run has
    the folder.
    """
    folder = folder.resolve()
    data = folder if durable else folder / "passing"
    with claim(folder) as watchdog:
        place = prepare(data, logs=folder, fresh=fresh or not durable)
        watchdog.remove_afterwards(place.sockets)
        if not durable:
            watchdog.remove_afterwards(place.postgres)
            watchdog.remove_afterwards(data)
        postgres = Postgres(watchdog, place, durable=durable)
        valkey = Valkey(watchdog, place)
        embedded = Embedded(postgres, valkey, logs=folder)
        try:
            postgres.start()
            valkey.start()
            _furnish(postgres, embedded)
            yield embedded
        finally:
            valkey.stop()
            postgres.stop()


def _furnish(postgres: Postgres, embedded: Embedded) -> None:
    """Make the roles and the database, whichever of them an interrupted first start left out.

    The owner owns the schema too: PostgreSQL gives `public` to whoever owns the database.
    """
    with psycopg.connect(postgres.url("postgres", "postgres"), autocommit=True) as inside:
        roles = {name for (name,) in inside.execute("SELECT rolname FROM pg_roles")}
        for role, options in ((OWNER, "LOGIN"), (GROUP, "NOLOGIN"), (LOGIN, "LOGIN")):
            if role not in roles:
                inside.execute(f"CREATE ROLE {role} {options}".encode())
        inside.execute(f"GRANT {GROUP} TO {LOGIN}".encode())
        known = inside.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            embedded.create_database(DATABASE)
