"""The migrations make exactly what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from service import migrate
from service.models import Base
from tests.conftest import Database


def test_migrations_equal_models(database: Database) -> None:
    with database.owner_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert migrate.to_newest(database.owner_engine) == migrate.newest()
    assert migrate.current(database.engine) == migrate.newest()
