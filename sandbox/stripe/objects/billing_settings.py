"""What the dashboard settles for all subscriptions: when a renewal is tried again, and how it ends unpaid."""

import json
from typing import Any

from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss
from sandbox.stripe.world import World

USUAL: Json = {
    "retries": [3, 5, 7],  # days from one try to the next
    "subscription": "cancel",
    "invoice": "open",
    "upcoming_days": 7,
    "finalize_seconds": 3600,
}
AFTER_THE_LAST_TRY = {
    "subscription": ("cancel", "unpaid", "past_due"),
    "invoice": ("open", "uncollectible"),
}


def current(world: World) -> Json:
    kept: Json = json.loads(world.store.meta("billing") or "{}")
    return {**USUAL, **kept}


def change(world: World, given: Json) -> Json:
    """Set some of them; what is not named stays."""
    unknown = set(given) - set(USUAL)
    if unknown:
        raise Amiss(f"unknown: {', '.join(sorted(unknown))}")
    for name, value in given.items():
        check(name, value)
    world.store.set_meta("billing", json.dumps({**current(world), **given}))
    return current(world)


def check(name: str, value: Any) -> None:
    if name in AFTER_THE_LAST_TRY and value not in AFTER_THE_LAST_TRY[name]:
        raise Amiss(f"{name} is one of {', '.join(AFTER_THE_LAST_TRY[name])}")
    if name == "retries" and not (isinstance(value, list) and all(whole(day) for day in value)):
        raise Amiss("retries is a list of days")
    if name.endswith(("_days", "_seconds")) and not whole(value):
        raise Amiss(f"{name} is a whole number")


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**6
