"""What the customer portal lets people do: configurations, the first of them made by itself."""

from typing import Any

from sandbox.stripe import events, params
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import amending
from sandbox.stripe.paging import PAGES, equal, listed
from sandbox.stripe.params import Needed, anything, boolean, listing, record, text
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World

KIND = "billing_portal.configuration"
PATH = "/v1/billing_portal/configurations"
REASONS = (
    "customer_service", "low_quality", "missing_features", "other", "switched_service",
    "too_complex", "too_expensive", "unused",
)  # fmt: skip
PRORATION = params.choice("always_invoice", "create_prorations", "none")
features = record(
    customer_update=record(allowed_updates=listing(text()), enabled=Needed(boolean)),
    invoice_history=record(enabled=Needed(boolean)),
    payment_method_update=record(enabled=Needed(boolean), payment_method_configuration=text()),
    subscription_cancel=record(
        cancellation_reason=record(
            enabled=Needed(boolean),
            feedback_options=listing(text()),
            options=listing(params.choice(*REASONS)),
        ),
        enabled=Needed(boolean),
        mode=params.choice("at_period_end", "immediately"),
        proration_behavior=PRORATION,
    ),
    subscription_pause=record(
        duration=record(
            interval_options=listing(
                record(
                    interval=Needed(params.choice("day", "week", "month", "year")),
                    interval_count=params.count,
                )
            ),
            type=Needed(params.choice("indefinite", "interval_options")),
        ),
        enabled=boolean,
    ),
    subscription_update=record(
        billing_cycle_anchor=params.choice("now", "unchanged"),
        default_allowed_updates=listing(text()),
        enabled=Needed(boolean),
        products=anything,
        proration_behavior=PRORATION,
        schedule_at_period_end=anything,
        trial_update_behavior=params.choice("continue_trial", "end_trial"),
    ),
)
FIELDS: dict[str, params.Reader | params.Needed] = {
    "business_profile": record(
        headline=text(60), privacy_policy_url=params.url, terms_of_service_url=params.url
    ),
    "default_return_url": params.url,
    "login_page": record(enabled=Needed(boolean)),
    "metadata": params.metadata,
    "name": text(),
}
NOTHING: Json = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {
            "enabled": False,
            "feedback_options": None,
            "options": ["too_expensive", "unused", "other"],
        },
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
USUAL: Json = {
    "customer_update": {"allowed_updates": ["email", "name"], "enabled": True},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"cancellation_reason": {"enabled": True}, "enabled": True},
    "subscription_pause": {
        "duration": {
            "interval_options": [
                {"interval": "month", "interval_count": 1},
                {"interval": "month", "interval_count": 3},
            ],
            "type": "interval_options",
        },
        "enabled": True,
    },
}


@route("POST", PATH, **FIELDS, features=Needed(features))
def create(call: Call) -> Json:
    configuration = new_configuration(call.world, call.params, default=False)
    events.emit(call.world, f"{KIND}.created", configuration)
    return configuration


@route("GET", f"{PATH}/<id>")
def retrieve(call: Call) -> Json:
    return call.find(KIND)


@route("POST", f"{PATH}/<id>", **FIELDS, features=features, active=boolean)
def update(call: Call) -> Json:
    configuration = call.find(KIND)
    for name in ("features", "business_profile"):
        if name in call.params:
            call.params[name] = merged(configuration[name], call.params[name])
    call.params.pop("login_page", None)
    return amending.update(call, configuration, f"{KIND}.updated", updated=call.world.now())


@route("GET", PATH, **PAGES, active=boolean, is_default=boolean)
def list_configurations(call: Call) -> Json:
    wanted = {name: call.params[name] for name in ("active", "is_default") if name in call.params}
    return listed(call, KIND, [equal(f"$.{name}", value) for name, value in wanted.items()], PATH)


def default(world: World) -> Json:
    """What the dashboard would have saved: people may do everything but change prices."""
    known = world.store.meta("portal configuration")
    found = world.store.get(known) if known else None
    if found is None:
        found = new_configuration(world, {"features": USUAL}, default=True)
        world.store.set_meta("portal configuration", found["id"])
    return found


def new_configuration(world: World, given: Json, *, default: bool) -> Json:
    now = world.now()
    profile = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
    return world.store.add(
        {
            "id": world.store.new_id("bpc"),
            "object": KIND,
            "active": True,
            "application": None,
            "business_profile": {**profile, **(given.get("business_profile") or {})},
            "created": now,
            "default_return_url": given.get("default_return_url"),
            "features": merged(NOTHING, given["features"]),
            "is_default": default,
            "livemode": False,
            "login_page": {"enabled": False, "url": None},
            "metadata": params.present(given.get("metadata") or {}),
            "name": given.get("name"),
            "updated": now,
        }
    )


def merged(known: Any, given: Any) -> Any:
    """What was said replaces what was there, place by place."""
    if not isinstance(known, dict) or not isinstance(given, dict):
        return given
    return {**known, **{name: merged(known.get(name), value) for name, value in given.items()}}
