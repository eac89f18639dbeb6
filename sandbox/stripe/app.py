"""Puts a sandbox together: its store, its addresses, its threads."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from sandbox.stripe import api, control, desk, page, page_of_bank, paging, portal_page
from sandbox.stripe.objects import payout_schedule, webhook_endpoint
from sandbox.stripe.store import Store
from sandbox.stripe.timekeeper import Timekeeper, catch_up
from sandbox.stripe.world import Settings, World

# Places in the documents by which objects are looked up all the time.
LOOKED_UP = {
    "balance_transaction": ("$.source", "$.status"),
    "charge": ("$.payment_intent", "$.customer"),
    "checkout.session": ("$.payment_intent", "$.subscription", "$.customer"),
    "customer": ("$.email",),
    "dispute": ("$.charge", "$.payment_intent"),
    "invoice": ("$.customer", "$.parent.subscription_details.subscription"),
    "invoiceitem": ("$.customer",),
    "invoice_payment": ("$.invoice", "$.payment.payment_intent"),
    "payment_intent": ("$.customer",),
    "payment_method": ("$.customer",),
    "payout": ("$.status",),
    "price": ("$.product",),
    "refund": ("$.charge", "$.payment_intent"),
    "subscription": ("$.customer",),
}


@dataclass(frozen=True)
class Webhook:
    """An endpoint asked for on the command line."""

    url: str
    secret: str


@dataclass(frozen=True)
class Sandbox:
    """A sandbox ready to be served; `start` sets its threads going."""

    app: Flask
    world: World
    timekeeper: Timekeeper

    def start(self) -> None:
        self.world.deliveries.start()
        self.timekeeper.start()

    def stop(self) -> None:
        self.timekeeper.stop()
        self.world.deliveries.stop()
        self.world.store.close()


def build(
    state_file: Path | str,
    settings: Settings,
    webhooks: Sequence[Webhook] = (),
    seed: str | None = None,
) -> Sandbox:
    store = Store(state_file, seed or secrets.token_hex(16))
    world = World(store, settings, seed or store.meta("seed") or "")

    def setup(world: World) -> None:
        for webhook in webhooks:
            webhook_endpoint.ensure(world, webhook.url, webhook.secret)
        payout_schedule.begin(world)

    with store.transaction():
        for kind, places in LOOKED_UP.items():
            paging.index(world, kind, *places)
        setup(world)
        move_in(world)
    app = Flask("sandbox.stripe", root_path=str(Path(__file__).parent), static_folder=None)
    # With a delay of nothing, what follows from a request has happened before the next one is answered.
    app.before_request(lambda: catch_up(world))
    api.mount(app, world)
    control.mount(app, world, setup)
    page.mount(app, world)
    page_of_bank.mount(app, world)
    portal_page.mount(app, world)
    desk.mount(app, world)
    return Sandbox(app, world, Timekeeper(world))


def create_app(state_file: Path | str, settings: Settings | None = None) -> Flask:
    """The sandbox as a WSGI program, its threads running."""
    sandbox = build(state_file, settings or Settings())
    sandbox.start()
    return sandbox.app


def move_in(world: World) -> None:
    """On another port than last time, the pages of open sessions are found there."""
    base = world.settings.base_url
    if world.store.meta("base url") not in (None, base):
        world.store.execute(
            "UPDATE objects SET body = json_set(body, '$.url', ? || '/c/pay/' || id) "
            "WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'",
            (base,),
        )
        world.store.execute(
            "UPDATE objects SET body = json_set(body, '$.url', ? || '/p/session/' || id) "
            "WHERE kind = 'billing_portal.session'",
            (base,),
        )
    world.store.set_meta("base url", base)
