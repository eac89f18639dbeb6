"""Books that were written before migration 0007 are whole after it: every entry has its record digest."""

import json
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from sandbox.embedded import Embedded
from service import ledger, migrate
from service.database import connect, open_sessions
from service.ledger.book import _mirrored
from service.ledger.rules import entry_for
from service.ledger.writing import _entered
from tests.ledger.stripe_rows import MONTHLY, row

POST = text("SELECT post_entries(CAST(:mirrored AS jsonb), CAST(:entered AS jsonb), '2026-03-02Z')")


@pytest.fixture
def urls(embedded: Embedded) -> Iterator[tuple[str, str]]:
    yield embedded.create_database("before_0007")
    embedded.drop_database("before_0007")


def upgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_books_from_before_are_whole_afterwards(urls: tuple[str, str]) -> None:
    owner, application = (connect(url, pool_size=1) for url in urls)
    upgrade(owner, "0006")
    rows = [row(), row(currency="eur", fee_details=())]
    entries = [entry for moved in rows if (entry := entry_for(moved, MONTHLY))]
    with application.begin() as connection:
        connection.execute(
            POST,
            {
                "mirrored": json.dumps([_mirrored(moved, MONTHLY) for moved in rows]),
                "entered": json.dumps([_entered(entry) for entry in entries]),
            },
        )
    assert migrate.to_newest(owner) == migrate.newest()
    sessions = open_sessions(application)
    with sessions.begin() as session:
        assert ledger.post(session, [(moved, MONTHLY) for moved in (*rows, row())]) != []
    with sessions.begin() as session:
        made = ledger.seal(session)
        assert made is not None and made.entries == 3
        assert ledger.verify_chain(session) == []
        assert ledger.rebuild_check(session) == []
    with owner.connect() as connection:
        guards = text("SELECT count(*) FROM pg_trigger WHERE tgname = 'append_only' AND tgenabled <> 'A'")
        assert connection.scalar(guards) == 0
    for engine in (owner, application):
        engine.dispose()
