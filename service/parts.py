"""The parts of a running program, put together once from the settings and handed to whoever needs them."""

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Engine

from service import clock
from service.crypto import Keyring
from service.database import DirectLine, Sessions, connect, open_sessions
from service.gateway import Gateway
from service.settings import Settings


@dataclass(frozen=True)
class Parts:
    """`inbox` is the driver's own line to the database, for webhooks alone."""

    settings: Settings
    engine: Engine
    inbox: DirectLine
    sessions: Sessions
    keyring: Keyring
    gateway: Gateway

    def close(self) -> None:
        """Give back every connection to the database."""
        self.engine.dispose()
        self.inbox.close()


def assemble(settings: Settings) -> Parts:
    clock.follow(settings.clock_url or None)
    engine = connect(settings.database_url, pool_size=settings.web_threads)
    return Parts(
        settings=settings,
        engine=engine,
        inbox=DirectLine(settings.database_url),
        sessions=open_sessions(engine),
        keyring=Keyring(settings.pii_keys, settings.lookup_keys),
        gateway=Gateway(settings.stripe_secret_key, settings.stripe_api_base),
    )


def parts() -> Parts:
    """The parts of the app that serves this request."""
    found = current_app.extensions["parts"]
    assert isinstance(found, Parts)
    return found
