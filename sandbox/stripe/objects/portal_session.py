"""Portal sessions: a link with which one customer looks after their own subscriptions for an hour."""

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json, invalid, missing_parameter
from sandbox.stripe.objects import portal_configuration
from sandbox.stripe.objects.checkout_fields import LOCALES
from sandbox.stripe.objects.customer import living
from sandbox.stripe.objects.subscription_agenda import OVER
from sandbox.stripe.params import Needed, anything, record, text
from sandbox.stripe.routes import Call, named, route
from sandbox.stripe.world import World

KIND = "billing_portal.session"
LASTS = 3600
ABOUT_ONE = ("subscription_cancel", "subscription_pause", "subscription_update")
FLOWS = ("customer_update", "payment_method_update", *ABOUT_ONE, "subscription_update_confirm")
one = record(subscription=Needed(text()), retention=anything)
flow_data = record(
    after_completion=record(
        hosted_confirmation=record(custom_message=text(500)),
        redirect=record(return_url=Needed(params.url)),
        type=Needed(params.choice("hosted_confirmation", "portal_homepage", "redirect")),
    ),
    subscription_cancel=one,
    subscription_pause=one,
    subscription_update=one,
    subscription_update_confirm=anything,
    type=Needed(params.choice(*FLOWS)),
)


@route(
    "POST",
    "/v1/billing_portal/sessions",
    after_expiration=anything,
    configuration=text(),
    customer=text(),
    customer_account=text(),
    flow_data=flow_data,
    locale=params.choice(*LOCALES.split()),
    on_behalf_of=text(),
    return_url=params.url,
)
def create(call: Call) -> Json:
    world, given = call.world, call.params
    if not given.get("customer"):
        raise missing_parameter("customer")
    customer = living(world, given["customer"])
    if given.get("configuration"):
        configuration = call.given("configuration", portal_configuration.KIND)
    else:
        configuration = portal_configuration.default(world)
    session_id = world.store.new_id("bps")
    session = world.store.add(
        {
            "id": session_id,
            "object": KIND,
            "after_expiration": None,
            "configuration": configuration["id"],
            "created": world.now(),
            "customer": customer["id"],
            "customer_account": None,
            "flow": flow(world, customer, given.get("flow_data")),
            "livemode": False,
            "locale": given.get("locale"),
            "on_behalf_of": None,
            "return_url": given.get("return_url") or configuration["default_return_url"],
            "url": f"{world.settings.base_url}/p/session/{session_id}",
        }
    )
    events.emit(world, "billing_portal.session.created", session)
    return session


def flow(world: World, customer: Json, wanted: Json | None) -> Json | None:
    """One errand instead of the whole portal."""
    if wanted is None:
        return None
    kind = wanted["type"]
    for name in ABOUT_ONE:
        if kind == name:
            check(world, customer, wanted, name)
    after = wanted.get("after_completion") or {"type": "portal_homepage"}
    confirmation = after.get("hosted_confirmation")
    return {
        "after_completion": {
            "hosted_confirmation": {"custom_message": (confirmation or {}).get("custom_message")}
            if after["type"] == "hosted_confirmation"
            else None,
            "redirect": after.get("redirect"),
            "type": after["type"],
        },
        "customer_update": {} if kind == "customer_update" else None,
        **{name: about(wanted, name) if kind == name else None for name in ABOUT_ONE},
        "subscription_update_confirm": wanted.get("subscription_update_confirm"),
        "type": kind,
    }


def check(world: World, customer: Json, wanted: Json, name: str) -> None:
    place = f"flow_data[{name}][subscription]"
    if not wanted.get(name):
        raise missing_parameter(place)
    subscription = named(world, "subscription", wanted[name]["subscription"], place, 400)
    if subscription["customer"] != customer["id"]:
        raise invalid("The subscription does not belong to the customer.", place)
    if subscription["status"] in OVER or (name == "subscription_cancel" and subscription["cancel_at"]):
        raise invalid("The subscription in the flow is already set to be canceled.", place)


def about(wanted: Json, name: str) -> Json:
    found: Json = {"subscription": wanted[name]["subscription"]}
    return {**found, "retention": None} if name == "subscription_cancel" else found
