"""Real parts for every test: PostgreSQL and Valkey from their wheels, a migrated database of its own each."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sandbox.embedded import Embedded, start
from service import clock, migrate
from service.crypto import Keyring
from service.database import Sessions, connect, open_sessions
from service.parts import Parts, assemble
from service.settings import Settings
from tests.log_scan import forbidden_in
from tests.programs import LOGS

_numbers = count(1)
_brokers = count(1)


@dataclass(frozen=True)
class Database:
    """A migrated, empty database; `engine` is the application's role, `owner_engine` the owner's."""

    name: str
    owner_url: str
    url: str
    engine: Engine
    owner_engine: Engine
    sessions: Sessions


# Their tests share one running newsroom and one browser: they stay together on one process of the run.
TOGETHER = ("browser", "journeys", "access", "desks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one process of a parallel run takes at a time: a file, or a folder that belongs together."""
    for item in items:
        folder = item.path.parent
        group = folder if folder.name in TOGETHER else item.path
        item.add_marker(pytest.mark.xdist_group(str(group)))


@pytest.fixture(scope="session")
def embedded() -> Iterator[Embedded]:
    with tempfile.TemporaryDirectory(prefix="sustainer-tests-") as folder:
        with start(Path(folder) / "data", durable=False) as running:
            yield running
            # Every line that any program of this run has logged.
            assert forbidden_in([*LOGS, *running.logs.rglob("*.log")]) == []


@pytest.fixture(scope="session")
def template(embedded: Embedded) -> str:
    """A database with every migration, copied for each test: a copy takes a tenth of the time."""
    name = f"template_{os.getpid()}"
    owner_url, _ = embedded.create_database(name)
    engine = connect(owner_url, pool_size=1)
    migrate.to_newest(engine)
    engine.dispose()
    return name


@pytest.fixture
def database(embedded: Embedded, template: str) -> Iterator[Database]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    owner_url, url = embedded.create_database(name, template=template)
    engine, owner_engine = connect(url), connect(owner_url, pool_size=2)
    yield Database(name, owner_url, url, engine, owner_engine, open_sessions(engine))
    engine.dispose()
    owner_engine.dispose()
    embedded.drop_database(name)


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    """No test leaves another's clock behind."""
    yield
    clock.follow(None)


def own_broker(embedded: Embedded) -> str:
    """A numbered database of the broker for one newsroom: two must not take each other's ticks."""
    return embedded.redis_url.replace("virtual_host=0", f"virtual_host={next(_brokers)}")


def newsroom_environment(owner_url: str, url: str, redis_url: str) -> dict[str, str]:
    """The settings of a newsroom, complete; what a test runs beside it is added there."""
    return {
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": owner_url,
        "REDIS_URL": redis_url,
        "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
        "STRIPE_WEBHOOK_SECRETS": "whsec_" + "1" * 32,
        "STRIPE_API_BASE": "http://127.0.0.1:9",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "NEWSROOM_NAME": "The Lantern",
        "NEWSROOM_TIMEZONE": "Europe/Riga",
        "MAIL_FROM": "support@lantern.example",
        "SMTP_URL": "smtp://127.0.0.1:9",
        "ALLOWED_ORIGINS": "http://newsroom.example",
    }


@pytest.fixture
def environment(database: Database, embedded: Embedded) -> dict[str, str]:
    return newsroom_environment(database.owner_url, database.url, own_broker(embedded))


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_environment(environment)


@pytest.fixture
def parts(settings: Settings) -> Iterator[Parts]:
    assembled = assemble(settings)
    yield assembled
    assembled.close()


@pytest.fixture
def keyring(settings: Settings) -> Keyring:
    return Keyring(settings.pii_keys, settings.lookup_keys)
