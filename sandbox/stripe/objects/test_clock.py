"""Test clocks: customers who live in a time of their own, which stands still until it is moved."""

import copy

from sandbox.stripe import events, timekeeper
from sandbox.stripe.clock import DAY, Frozen
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects.deletion import delete
from sandbox.stripe.paging import list_route, matching
from sandbox.stripe.params import Needed, integer, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World

KIND = "test_helpers.test_clock"
PATH = "/v1/test_helpers/test_clocks"


@route("POST", PATH, frozen_time=Needed(integer), name=text(300))
def create(call: Call) -> Json:
    world = call.world
    number = int(world.store.meta("test clocks") or "1") + 1
    world.store.set_meta("test clocks", str(number))
    clock = world.store.add(
        {
            "id": world.store.new_id("clock"),
            "object": KIND,
            "created": world.now(),
            "deletes_after": world.now() + 30 * DAY,
            "frozen_time": call.params["frozen_time"],
            "livemode": False,
            "name": call.params.get("name"),
            "status": "ready",
            "status_details": {},
        },
        hidden={"number": number},
    )
    events.emit(world, f"{KIND}.created", clock)
    return clock


@route("GET", f"{PATH}/<id>")
def retrieve(call: Call) -> Json:
    return call.find(KIND)


list_route(PATH, KIND)


@route("POST", f"{PATH}/<id>/advance", frozen_time=Needed(integer))
def advance(call: Call) -> Json:
    """The answer says that it is on its way; whoever asks next finds it there."""
    world, clock, to = call.world, call.find(KIND), call.params["frozen_time"]
    if to <= clock["frozen_time"]:
        raise invalid(
            f"The frozen time must be after the clock's present time ({clock['frozen_time']}).",
            "frozen_time",
        )
    details = {"advancing": {"target_frozen_time": to}}
    clock.update(status="advancing", status_details=details)
    world.store.save(clock)
    events.emit(world, f"{KIND}.advancing", clock)
    answer = copy.deepcopy(clock)
    pass_time(world, clock, to)
    clock = world.store.get(clock["id"]) or clock
    clock.update(frozen_time=to, status="ready", status_details={})
    world.store.save(clock)
    events.emit(world, f"{KIND}.ready", clock)
    return answer


def pass_time(world: World, clock: Json, to: int) -> None:
    """What falls due on the way happens in its order, and each thing at its time."""
    number = int(world.store.hidden(clock["id"])["number"])
    while (appointment := world.agenda.next_by(to * 1_000_000, number)) is not None:
        due = max(appointment.due, clock["frozen_time"] * 1_000_000)
        clock["frozen_time"] = due // 1_000_000
        world.store.save(clock)
        with world.clock.own_way():
            world.clock.follow(Frozen(number, due))
            timekeeper.keep(world, appointment)
        clock = world.store.get(clock["id"]) or clock


@route("DELETE", f"{PATH}/<id>")
def remove(call: Call) -> Json:
    """Everybody who lives by it goes with it."""
    world, clock = call.world, call.find(KIND)
    for customer in matching(world, "customer", "$.test_clock", clock["id"]):
        delete(world, customer)
    world.agenda.forget(int(world.store.hidden(clock["id"])["number"]))
    world.store.drop(clock["id"])
    events.emit(world, f"{KIND}.deleted", clock)
    return {"id": clock["id"], "object": KIND, "deleted": True}
