"""Reserves: a part of the balance that Stripe sets aside, and gives back later."""

from sandbox.stripe import events
from sandbox.stripe.clock import DAY
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss, lever, one_of, signed, the, whole_number
from sandbox.stripe.objects import balance
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

RELEASE = "release reserve"
USUAL_DAYS = 30


@lever("reserve", "amount", "currency", "after", "hold", "kind")
def pull(world: World, given: Json) -> Json:
    """`{amount, currency, after?}` holds; `{hold}` releases now; `kind: transaction` is the older way."""
    if given.get("hold"):
        hold = the(world, given, "hold", "reserve.hold")
        if not hold["is_releasable"]:
            raise Amiss("the hold has been released", 409)
        release(world, hold["id"])
        return hold
    amount = signed(given, "amount")
    currency = str(given.get("currency") or world.settings.default_currency)
    if one_of(given, "kind", ("hold", "transaction"), "hold") == "transaction":
        return transaction(world, amount, currency)
    if amount < 1:
        raise Amiss("amount is a whole number above 0")
    return new_hold(world, amount, currency, whole_number(given, "after", USUAL_DAYS * DAY))


def new_hold(world: World, amount: int, currency: str, after: int) -> Json:
    release_at = world.now() + after
    hold = world.store.add(
        {
            "id": world.store.new_id("resh"),
            "object": "reserve.hold",
            "amount": amount,
            "amount_releasable": amount,
            "created": world.now(),
            "created_by": "stripe",
            "currency": currency,
            "destination": "risk_reserved",
            "is_releasable": True,
            "livemode": False,
            "metadata": {},
            "reason": "standalone",
            "release_details": [],
            "release_schedule": {"release_after": release_at, "scheduled_release": release_at},
            "reserve_plan": None,
            "source_charge": None,
            "source_type": "card",
        }
    )
    both_sides(world, hold, -amount, "reserve_hold")
    events.emit(world, "reserve.hold.created", hold)
    world.agenda.at(release_at, RELEASE, hold["id"])
    return hold


@verb(RELEASE)
def release(world: World, hold_id: str) -> None:
    hold = world.store.get(hold_id)
    if hold is None or not hold["is_releasable"]:
        return
    # Still on the agenda: somebody released it before its time.
    early = world.agenda.cancel(RELEASE, hold_id)
    freed = world.store.add(
        {
            "id": world.store.new_id("resrel"),
            "object": "reserve.release",
            "amount": hold["amount"],
            "created": world.now(),
            "created_by": "stripe",
            "currency": hold["currency"],
            "destination": "payments",
            "livemode": False,
            "metadata": {},
            "reason": "hold_released_early" if early else "hold_expired",
            "released_at": world.now(),
            "reserve_hold": hold_id,
            "reserve_plan": None,
            "source_transaction": None,
        }
    )
    both_sides(world, freed, hold["amount"], "reserve_release")
    events.change(
        world,
        hold,
        "reserve.hold.updated",
        amount_releasable=0,
        is_releasable=False,
        release_details=[{"amount": hold["amount"], "reserve_release": freed["id"]}],
    )
    events.emit(world, "reserve.release.created", freed)


def both_sides(world: World, subject: Json, amount: int, kind: str) -> None:
    """Out of the balance and into what is set aside, or back: a row in each."""
    for part, where in ((amount, balance.OWN), (-amount, "risk_reserved")):
        balance.move(
            world,
            amount=part,
            currency=subject["currency"],
            description="Reserved funds" if kind == "reserve_hold" else "Released funds",
            kind=kind,
            category=kind,
            source=subject["id"],
            balance_type=where,
        )


def transaction(world: World, amount: int, currency: str) -> Json:
    """As before there were holds: one row, below nothing to set aside and above to give back."""
    reserved = world.store.add(
        {
            "id": world.store.new_id("rtx"),
            "object": "reserve_transaction",
            "amount": amount,
            "currency": currency,
            "description": "Reserve transaction",
        },
        created=world.now(),
    )
    return balance.move(
        world,
        amount=amount,
        currency=currency,
        description="Reserve transaction",
        kind="reserve_transaction",
        category="reserved_funds",
        source=reserved["id"],
    )
