"""Whose time something goes by: the account's, or that of the test clock it belongs to."""

from sandbox.stripe.clock import Frozen
from sandbox.stripe.errors import Json
from sandbox.stripe.world import World


def follow(world: World, document: Json) -> Json:
    """For the rest of this request it is as late as the object's test clock shows."""
    clock = world.store.get(document["test_clock"]) if document.get("test_clock") else None
    if clock is not None:
        number = int(world.store.hidden(clock["id"])["number"])
        world.clock.follow(Frozen(number, clock["frozen_time"] * 1_000_000))
    return document
