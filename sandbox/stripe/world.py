"""One sandbox: its settings, its store, its clock, and what reaches out of it."""

from dataclasses import dataclass

from sandbox.stripe.agenda import Agenda
from sandbox.stripe.clock import Clock
from sandbox.stripe.deliveries import Deliveries
from sandbox.stripe.faults import Faults
from sandbox.stripe.store import Store

API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True)
class Settings:
    """How one sandbox is set up; the command line says the same."""

    base_url: str = "http://127.0.0.1"
    name: str = "Sandbox Newsroom"
    country: str = "US"
    default_currency: str = "usd"
    settles: tuple[str, ...] = ()
    payouts: str = "manual"
    settle_delay_ms: int = 500
    latency_ms: int = 0
    orderly: bool = False


@dataclass(frozen=True)
class Cause:
    """The request that made an event, as the event tells it."""

    request_id: str | None = None
    idempotency_key: str | None = None


NOBODY = Cause()


class World:
    """Everything that a handler may touch."""

    def __init__(self, store: Store, settings: Settings, seed: str) -> None:
        self.store = store
        self.seed = seed
        self.settings = settings
        self.clock = Clock(int(store.meta("ahead") or "0"))
        self.agenda = Agenda(store, self.clock)
        self.faults = Faults(seed, settings.orderly)
        self.deliveries = Deliveries(store, self.faults)
        self.cause = NOBODY

    def now(self) -> int:
        return self.clock.now()

    def keep_clock(self) -> None:
        self.store.set_meta("ahead", str(self.clock.ahead))
