"""The lever with which a bank answers early, or takes back what it paid long ago."""

from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss, lever, one_of, the
from sandbox.stripe.objects import delayed
from sandbox.stripe.world import World


@lever("settle", "payment_intent", "charge", "outcome")
def pull(world: World, given: Json) -> Json:
    """Decide a payment that is processing; `returned` takes back one that has succeeded."""
    name = given.get("charge")
    if not name:
        name = the(world, given, "payment_intent", "payment_intent")["latest_charge"]
    charge = the(world, {"charge": name}, "charge", "charge")
    outcome = one_of(given, "outcome", delayed.OUTCOMES, "succeeded")
    if charge["status"] == "succeeded" and outcome == "returned" and charge["id"].startswith("py_"):
        delayed.take_back(world, charge["id"])
        return charge
    if charge["status"] != "pending":
        raise Amiss(f"the charge is {charge['status']}", 409)
    delayed.settle(world, charge, outcome)
    return charge
