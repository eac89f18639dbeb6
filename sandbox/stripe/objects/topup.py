"""Top-ups: money that the newsroom sends to its own balance."""

from sandbox.stripe import events, params
from sandbox.stripe.clock import DAY, midnight
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.levers import Amiss, lever, one_of, the
from sandbox.stripe.objects import amending, balance
from sandbox.stripe.paging import list_route
from sandbox.stripe.params import Needed, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

ARRIVE = "top-up arrives"
DAYS = 3


@route(
    "POST",
    "/v1/topups",
    amount=Needed(params.count),
    currency=Needed(params.currency),
    description=text(),
    metadata=params.metadata,
    payment_method=text(),
    source=text(),
    statement_descriptor=text(15),
    transfer_group=text(),
)
def create(call: Call) -> Json:
    given, world = call.params, call.world
    arrival = midnight(world.now() + DAYS * DAY)
    topup = world.store.add(
        {
            "id": world.store.new_id("tu"),
            "object": "topup",
            "amount": given["amount"],
            "balance_transaction": None,
            "created": world.now(),
            "currency": given["currency"],
            "description": given.get("description"),
            "expected_availability_date": arrival,
            "failure_code": None,
            "failure_message": None,
            "initiated_by": "user",
            "livemode": False,
            "metadata": params.present(given.get("metadata") or {}),
            "payment_method": given.get("payment_method"),
            "payment_method_options": None,
            "source": None,
            "statement_descriptor": given.get("statement_descriptor"),
            "status": "pending",
            "transfer_group": given.get("transfer_group"),
        }
    )
    events.emit(world, "topup.created", topup)
    world.agenda.at(arrival, ARRIVE, topup["id"])
    return topup


@route("GET", "/v1/topups/<id>")
def retrieve(call: Call) -> Json:
    return call.find("topup")


@route("POST", "/v1/topups/<id>", description=text(), metadata=params.metadata)
def update(call: Call) -> Json:
    return amending.update(call, call.find("topup"), "")


@route("POST", "/v1/topups/<id>/cancel")
def cancel(call: Call) -> Json:
    topup = call.find("topup")
    if topup["status"] != "pending":
        raise invalid(f"Top-ups can only be canceled while they are pending; this one is {topup['status']}.")
    call.world.agenda.cancel(ARRIVE, topup["id"])
    events.change(call.world, topup, None, status="canceled")
    events.emit(call.world, "topup.canceled", topup)
    return topup


list_route("/v1/topups", "topup", filters={"status": "$.status"})


@verb(ARRIVE)
def arrive(world: World, topup_id: str) -> None:
    topup = world.store.get(topup_id)
    if topup is None or topup["status"] != "pending":
        return
    row = move(world, topup, 1, "topup")
    events.change(world, topup, None, balance_transaction=row["id"], status="succeeded")
    events.emit(world, "topup.succeeded", topup)


def move(world: World, topup: Json, sign: int, kind: str) -> Json:
    return balance.move(
        world,
        amount=sign * topup["amount"],
        currency=topup["currency"],
        description=topup["description"],
        kind=kind,
        category=kind,
        source=topup["id"],
    )


@lever("topup", "topup", "outcome")
def pull(world: World, given: Json) -> Json:
    """A top-up arrives now, fails, or is taken back after it arrived."""
    topup = the(world, given, "topup", "topup")
    outcome = one_of(given, "outcome", ("succeeded", "failed", "reversed"), "succeeded")
    needed = "succeeded" if outcome == "reversed" else "pending"
    if topup["status"] != needed:
        raise Amiss(f"the top-up is {topup['status']}", 409)
    world.agenda.cancel(ARRIVE, topup["id"])
    if outcome == "succeeded":
        arrive(world, topup["id"])
        return topup
    if outcome == "reversed":
        move(world, topup, -1, "topup_reversal")
    else:
        words = "The bank account has insufficient funds."
        topup.update(failure_code="insufficient_funds", failure_message=words)
    events.change(world, topup, None, status=outcome)
    events.emit(world, f"topup.{outcome}", topup)
    return topup
