"""The newsroom's own account at Stripe."""

from sandbox.stripe.errors import Json, no_such
from sandbox.stripe.objects.payout_schedule import schedule
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World


@route("GET", "/v1/account")
def own(call: Call) -> Json:
    return account(call.world)


@route("GET", "/v1/accounts/<id>")
def by_id(call: Call) -> Json:
    found = account(call.world)
    if call.id != found["id"]:
        raise no_such("account", call.id)
    return found


def account(world: World) -> Json:
    settings = world.settings
    if world.store.meta("account") is None:
        world.store.set_meta("account", world.store.new_id("acct", 16))
        world.store.set_meta("account opened", str(world.now()))
    return {
        "id": world.store.meta("account"),
        "object": "account",
        "business_profile": {
            "mcc": "7221",
            "name": settings.name,
            "product_description": None,
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": None,
        },
        "business_type": "non_profit",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": settings.country,
        "created": int(world.store.meta("account opened") or "0"),
        "default_currency": settings.default_currency,
        "details_submitted": True,
        "email": "desk@newsroom.example",
        "payouts_enabled": True,
        "settings": {
            "dashboard": {"display_name": settings.name, "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": settings.name.upper()[:22]},
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": schedule(world)["interval"]},
                "statement_descriptor": None,
            },
        },
        "type": "standard",
    }
