"""What a Checkout Session may be created with."""

from sandbox.stripe import params, statement
from sandbox.stripe.objects import pricing
from sandbox.stripe.params import Needed, anything, boolean, listing, record, text

LOCALES = (
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl "
    "pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)

line = record(
    adjustable_quantity=record(enabled=Needed(boolean), maximum=params.integer, minimum=params.integer),
    metadata=params.metadata,
    price=text(),
    price_data=pricing.price_data,
    quantity=params.count,
    tax_rates=anything,
)
message = record(message=Needed(text(1200)))
free_text = record(default_value=text(255), maximum_length=params.integer, minimum_length=params.integer)
custom_field = record(
    key=Needed(text(200)),
    label=Needed(record(custom=Needed(text(50)), type=Needed(params.choice("custom")))),
    type=Needed(params.choice("dropdown", "numeric", "text")),
    optional=boolean,
    dropdown=record(
        default_value=text(100),
        options=Needed(listing(record(label=Needed(text(100)), value=Needed(text(100))))),
    ),
    numeric=free_text,
    text=free_text,
)

CREATE: dict[str, params.Reader | Needed] = {
    "adaptive_pricing": record(enabled=boolean),
    "after_expiration": record(recovery=record(enabled=Needed(boolean), allow_promotion_codes=boolean)),
    "allow_promotion_codes": boolean,
    "allowed_payment_method_types": listing(text()),
    "automatic_tax": record(enabled=Needed(boolean), liability=anything),
    "billing_address_collection": params.choice("auto", "required"),
    "branding_settings": record(
        background_color=text(),
        border_style=params.choice("pill", "rectangular", "rounded"),
        button_color=text(),
        display_name=text(),
        font_family=text(),
        icon=record(file=text(), type=Needed(params.choice("file", "url")), url=params.url),
        logo=record(file=text(), type=Needed(params.choice("file", "url")), url=params.url),
    ),
    "cancel_url": params.url,
    "client_reference_id": text(200),
    "consent_collection": record(
        payment_method_reuse_agreement=record(position=Needed(params.choice("auto", "hidden"))),
        promotions=params.choice("auto", "none"),
        terms_of_service=params.choice("none", "required"),
    ),
    "currency": params.currency,
    "custom_fields": listing(custom_field),
    "custom_text": record(
        after_submit=message,
        shipping_address=message,
        submit=message,
        terms_of_service_acceptance=message,
    ),
    "customer": text(),
    "customer_account": text(),
    "customer_creation": params.choice("always", "if_required"),
    "customer_email": params.email,
    "customer_update": anything,
    "discounts": listing(record(coupon=text(), promotion_code=text())),
    "excluded_payment_method_types": listing(text()),
    "expires_at": params.integer,
    "integration_identifier": text(),
    "invoice_creation": record(enabled=Needed(boolean), invoice_data=anything),
    "line_items": listing(line),
    "locale": params.choice(*LOCALES.split()),
    "managed_payments": anything,
    "metadata": params.metadata,
    "mode": params.choice("payment", "setup", "subscription"),
    "name_collection": anything,
    "optional_items": anything,
    "origin_context": params.choice("mobile_app", "web"),
    "payment_intent_data": record(
        application_fee_amount=params.amount,
        capture_method=params.choice("automatic", "automatic_async"),
        description=text(1000),
        metadata=params.metadata,
        on_behalf_of=text(),
        receipt_email=params.email,
        setup_future_usage=params.choice("off_session", "on_session"),
        shipping=params.shipping,
        statement_descriptor=statement.descriptor,
        statement_descriptor_suffix=statement.descriptor,
        transfer_data=anything,
        transfer_group=text(),
    ),
    "payment_method_collection": params.choice("always", "if_required"),
    "payment_method_configuration": text(),
    "payment_method_data": anything,
    "payment_method_options": anything,
    "payment_method_types": listing(text()),
    "permissions": record(
        update_shipping_details=params.choice("client_only", "server_only"),
    ),
    "phone_number_collection": record(enabled=Needed(boolean)),
    "redirect_on_completion": params.choice("always", "if_required", "never"),
    "return_url": params.url,
    "saved_payment_method_options": anything,
    "setup_intent_data": record(description=text(), metadata=params.metadata, on_behalf_of=text()),
    "shipping_address_collection": record(allowed_countries=Needed(listing(text(2)))),
    "shipping_options": anything,
    "submit_type": params.choice("auto", "book", "donate", "pay", "subscribe"),
    "subscription_data": record(
        application_fee_percent=anything,
        billing_cycle_anchor=params.integer,
        billing_cycle_anchor_config=anything,
        billing_mode=anything,
        default_tax_rates=anything,
        description=text(500),
        invoice_settings=anything,
        metadata=params.metadata,
        on_behalf_of=text(),
        pending_invoice_item_interval=anything,
        proration_behavior=params.choice("create_prorations", "none"),
        transfer_data=anything,
        trial_end=params.integer,
        trial_period_days=params.count,
        trial_settings=anything,
    ),
    "success_url": params.url,
    "tax_id_collection": anything,
    "ui_mode": params.choice("elements", "embedded_page", "form", "hosted_page"),
    "wallet_options": record(link=record(display=params.choice("auto", "never"))),
}
