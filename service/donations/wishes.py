"""What a donor asks for, checked: the same rules for the API and for the form without JavaScript."""

import json
import re
import uuid
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from service.donations.locales import normal
from service.donations.models import FREQUENCIES
from service.donations.offers import NotOffered, offer

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Wish:
    """A checked wish. `amount` is minor units of `currency`; `attempt` is the donor's click."""

    attempt: str
    frequency: str
    amount: int
    currency: str
    locale: str | None = None
    email: str | None = None
    attribution: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """What the attempt asked for, without the attempt: a repeat must ask for the same."""
        asked = {name: value for name, value in asdict(self).items() if name != "attempt"}
        return sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).digest()


def printable(text: str) -> None:
    if UNPRINTABLE.search(text):
        raise ValidationError("Control characters are not allowed.")


def a_locale(tag: str) -> None:
    if normal(tag) is None:
        raise ValidationError("Not a locale, such as en or pt-BR.")


class AttributionSchema(Schema):
    """Where the gift came from; kept with it and with each renewal."""

    article = fields.String(validate=[validate.Length(max=500), printable])
    campaign = fields.String(validate=[validate.Length(max=100), printable])
    widget = fields.String(validate=[validate.Length(max=100), printable])
    utm_source = fields.String(validate=[validate.Length(max=100), printable])
    utm_medium = fields.String(validate=[validate.Length(max=100), printable])
    utm_campaign = fields.String(validate=[validate.Length(max=100), printable])
    utm_content = fields.String(validate=[validate.Length(max=100), printable])
    utm_term = fields.String(validate=[validate.Length(max=100), printable])


class WishSchema(Schema):
    """What a donor may ask for. Amounts are integers in Stripe's smallest unit of the currency."""

    frequency = fields.String(required=True, validate=validate.OneOf(FREQUENCIES))
    amount = fields.Integer(
        required=True, strict=True, metadata={"description": "minor units of the currency"}
    )
    currency = fields.String(required=True, metadata={"description": "ISO 4217, lower case"})
    attempt = fields.UUID(metadata={"description": "one donor's click; repeating it opens nothing twice"})
    cover_fees = fields.Boolean(
        validate=validate.Equal(False, error="Covering the fee is not on offer here."),
        metadata={"description": "true is refused while the newsroom offers no fee cover"},
    )
    locale = fields.String(validate=a_locale)
    email = fields.Email(validate=validate.Length(max=254))
    attribution = fields.Nested(AttributionSchema)

    @validates_schema
    def on_offer(self, data: dict[str, Any], **_: Any) -> None:
        try:
            offer(data["currency"]).check(data["amount"], normal(data.get("locale") or "") or "en")
        except NotOffered as refused:
            raise ValidationError(str(refused), refused.field) from None

    @post_load
    def wish(self, data: dict[str, Any], **_: Any) -> Wish:
        data.pop("cover_fees", None)
        return Wish(**data | {"attempt": str(data.get("attempt") or uuid.uuid4())})
