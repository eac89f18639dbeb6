"""A Checkout Session as Stripe writes it when it is opened."""

from sandbox.stripe import debits, params
from sandbox.stripe.clock import DAY
from sandbox.stripe.errors import Json
from sandbox.stripe.objects import checkout_payer
from sandbox.stripe.objects.checkout_rules import Line
from sandbox.stripe.world import World


def new_session(world: World, given: Json, lines: list[Line], customer: Json | None) -> Json:
    mode = given.get("mode") or "payment"
    session_id = world.store.new_id("cs_test", 58)
    total = sum(line.amount for line in lines)
    currency = lines[0].price["currency"] if lines else given.get("currency")
    email = given.get("customer_email") or (customer and customer["email"])
    hidden = {
        "line_items": [line.item(world) for line in lines],
        "payment_intent_data": given.get("payment_intent_data") or {},
        "subscription_data": given.get("subscription_data") or {},
        "setup_intent_data": given.get("setup_intent_data") or {},
        "payment_intent": None,
    }
    now = world.now()
    session: Json = {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": given.get("adaptive_pricing") or {"enabled": False},
        "after_expiration": recovery(given),
        "allow_promotion_codes": given.get("allow_promotion_codes"),
        "allowed_payment_method_types": given.get("allowed_payment_method_types"),
        "amount_subtotal": total if lines else None,
        "amount_total": total if lines else None,
        "automatic_tax": {
            "enabled": (given.get("automatic_tax") or {}).get("enabled", False),
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_address_collection": given.get("billing_address_collection"),
        "branding_settings": branding(world, given),
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": consent_collection(given),
        "created": now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [custom_field(field) for field in given.get("custom_fields") or []],
        "custom_text": custom_text(given),
        "customer": customer and customer["id"],
        "customer_account": None,
        "customer_creation": creation(given, mode),
        "customer_details": checkout_payer.details(email, None, None) if email else None,
        "customer_email": given.get("customer_email"),
        "discounts": [],
        "expires_at": given.get("expires_at") or now + DAY,
        "integration_identifier": given.get("integration_identifier"),
        "invoice": None,
        "invoice_creation": invoice_creation(given) if mode == "payment" else None,
        "livemode": False,
        "locale": given.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": params.present(given.get("metadata") or {}),
        "mode": mode,
        "origin_context": given.get("origin_context"),
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": given.get("payment_method_collection")
        or ("always" if mode == "subscription" else "if_required"),
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": offered(given, currency, mode),
        "payment_status": "unpaid" if mode != "setup" else "no_payment_required",
        "permissions": given.get("permissions"),
        "phone_number_collection": given.get("phone_number_collection") or {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": {
            "allow_redisplay_filters": ["always"],
            "payment_method_remove": "disabled",
            "payment_method_save": None,
        }
        if mode == "subscription"
        else None,
        "setup_intent": None,
        "shipping_address_collection": given.get("shipping_address_collection"),
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": given.get("submit_type"),
        "subscription": None,
        "success_url": given.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0} if lines else None,
        "ui_mode": "hosted_page",
        "url": f"{world.settings.base_url}/c/pay/{session_id}",
        "wallet_options": given.get("wallet_options"),
    }
    return world.store.add(session, hidden)


def offered(given: Json, currency: str | None, mode: str) -> list[str]:
    """What the page lets the donor pay with: bank debits in the one currency that each takes."""
    if given.get("payment_method_types"):
        return list(given["payment_method_types"])
    debitable = [kind for kind in debits.KINDS if debits.CURRENCY[kind] == currency and mode != "setup"]
    allowed = given.get("allowed_payment_method_types") or ["card", *debits.KINDS]
    refused = given.get("excluded_payment_method_types") or []
    return [kind for kind in ("card", *debitable) if kind in allowed and kind not in refused]


def creation(given: Json, mode: str) -> str | None:
    if given.get("customer"):
        return None
    return given.get("customer_creation") or ("always" if mode == "subscription" else "if_required")


def recovery(given: Json) -> Json | None:
    wanted = (given.get("after_expiration") or {}).get("recovery")
    if wanted is None:
        return None
    return {
        "recovery": {
            "allow_promotion_codes": wanted.get("allow_promotion_codes") or False,
            "enabled": wanted.get("enabled") or False,
            "expires_at": None,
            "url": None,
        }
    }


def branding(world: World, given: Json) -> Json:
    wished = given.get("branding_settings") or {}
    return {
        "background_color": wished.get("background_color") or "#ffffff",
        "border_style": wished.get("border_style") or "rounded",
        "button_color": wished.get("button_color") or "#0b5d4b",
        "display_name": wished.get("display_name") or world.settings.name,
        "font_family": wished.get("font_family") or "default",
        "icon": wished.get("icon"),
        "logo": wished.get("logo"),
    }


def consent_collection(given: Json) -> Json | None:
    wished = given.get("consent_collection")
    if not wished:
        return None
    return {
        "payment_method_reuse_agreement": wished.get("payment_method_reuse_agreement"),
        "promotions": wished.get("promotions") or "none",
        "terms_of_service": wished.get("terms_of_service") or "none",
    }


def custom_text(given: Json) -> Json:
    wished = given.get("custom_text") or {}
    places = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    return {place: wished.get(place) for place in places}


def custom_field(wished: Json) -> Json:
    kind = wished["type"]
    inner: Json = dict(wished.get(kind) or {})
    if kind == "dropdown":
        shape: Json = {"default_value": None, "options": [], "value": None}
    else:
        shape = {"default_value": None, "maximum_length": None, "minimum_length": None}
        shape["value"] = None
    return {
        "key": wished["key"],
        "label": wished["label"],
        "optional": wished.get("optional") or False,
        "type": kind,
        kind: {**shape, **inner},
    }


def invoice_creation(given: Json) -> Json:
    wished = given.get("invoice_creation") or {}
    return {
        "enabled": wished.get("enabled") or False,
        "invoice_data": {
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": None,
            "metadata": {},
            "rendering_options": None,
        },
    }
