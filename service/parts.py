"""The parts of a running program, put together once from the settings and handed to whoever needs them."""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Engine

from service import clock
from service.crypto import Keyring
from service.database import Sessions, connect, open_sessions
from service.gateway import Gateway
from service.settings import Settings


@dataclass(frozen=True)
class Parts:
    """`autocommit` shares the engine's connections; each statement on it is a transaction of its own."""

    settings: Settings
    engine: Engine
    autocommit: Engine
    sessions: Sessions
    keyring: Keyring
    gateway: Gateway


def assemble(settings: Settings) -> Parts:
    clock.follow(settings.clock_url or None)
    engine = connect(settings.database_url, pool_size=settings.web_threads)
    return Parts(
        settings=settings,
        engine=engine,
        autocommit=engine.execution_options(isolation_level="AUTOCOMMIT"),
        sessions=open_sessions(engine),
        keyring=Keyring(settings.pii_keys, settings.lookup_keys),
        gateway=Gateway(settings.stripe_secret_key, settings.stripe_api_base),
    )


def parts() -> Parts:
    """The parts of the app that serves this request."""
    found = current_app.extensions["parts"]
    assert isinstance(found, Parts)
    return found
