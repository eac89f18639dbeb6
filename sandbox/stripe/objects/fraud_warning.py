"""Early fraud warnings: a card's bank says that a payment was probably not its holder's."""

from sandbox.stripe import events
from sandbox.stripe.cards import Card
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import lever, one_of, the
from sandbox.stripe.objects import charge as charges
from sandbox.stripe.paging import list_route, matching
from sandbox.stripe.routes import Call, named, route
from sandbox.stripe.timekeeper import verb
from sandbox.stripe.world import World

KIND = "radar.early_fraud_warning"
WARN = "warn of fraud"
TYPES = (
    "made_with_stolen_card", "made_with_lost_card", "misc", "unauthorized_use_of_card",
    "card_never_received", "fraudulent_card_application", "made_with_counterfeit_card",
)  # fmt: skip


@route("GET", "/v1/radar/early_fraud_warnings/<id>")
def retrieve(call: Call) -> Json:
    return named(call.world, KIND, call.id, "id", 404)


list_route(
    "/v1/radar/early_fraud_warnings",
    KIND,
    filters={"charge": "$.charge", "payment_intent": "$.payment_intent"},
)


@lever("fraud_warning", "charge", "fraud_type")
def pull(world: World, given: Json) -> Json:
    return warn(world, the(world, given, "charge", "charge"), one_of(given, "fraud_type", TYPES, TYPES[-2]))


def warn(world: World, charge: Json, fraud_type: str) -> Json:
    warning = world.store.add(
        {
            "id": world.store.new_id("issfr"),
            "object": KIND,
            "actionable": not charge["refunded"] and not charge["disputed"],
            "charge": charge["id"],
            "created": world.now(),
            "fraud_type": fraud_type,
            "livemode": False,
            "payment_intent": charge["payment_intent"],
        }
    )
    events.emit(world, "radar.early_fraud_warning.created", warning)
    return warning


def nothing_left_to_do(world: World, charge: Json) -> None:
    """Refunded or disputed: the warning cannot be acted on any more."""
    if not charge["refunded"] and not charge["disputed"]:
        return
    for warning in matching(world, KIND, "$.charge", charge["id"]):
        events.change(world, warning, "radar.early_fraud_warning.updated", actionable=False)


def brought_by_card(world: World, charge: Json, card: Card) -> None:
    if card.brings == "warning":
        world.agenda.soon(world.settings.settle_delay_ms * 1000 + 1000, WARN, charge["id"])


@verb(WARN)
def warn_by_card(world: World, charge_id: str) -> None:
    charge = world.store.get(charge_id)
    if charge is not None:
        warn(world, charge, "made_with_stolen_card")


charges.WHEN_CHARGED.append(brought_by_card)
charges.WHEN_TAKEN_BACK.append(nothing_left_to_do)
