"""Brings the database to the newest revision; used by the command and by whoever starts a fresh database."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

SCRIPTS = Path(__file__).parent.parent / "migrations"
# Waiting longer for a lock would stop the service behind it; the operator runs it again.
LOCK_TIMEOUT = "5s"
# Two deployments migrating at once: the second waits for this advisory lock and finds nothing to do.
ONE_AT_A_TIME = 7_219_385_001


def to_newest(engine: Engine) -> str:
    """Run what is missing; returns the newest revision."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return newest()


@cache
def newest() -> str:
    """The newest revision this program was written for."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def current(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision
