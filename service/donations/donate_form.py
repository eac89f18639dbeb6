"""The donate form without JavaScript: what it shows as chosen, and the wish that comes back from it."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from marshmallow import ValidationError

from service.donations import amounts
from service.donations.locales import with_territory
from service.donations.models import FREQUENCIES
from service.donations.offers import NotOffered, Offer, offer, offers, suggested_currency
from service.donations.wishes import UNPRINTABLE, AttributionSchema, Wish, WishSchema
from service.donations.wording import REFUSALS
from service.money import Currency, Money
from service.settings import Settings
from service.texts import Texts

# Of these the query or the form speaks; where the reader came from is known to the widget alone.
ATTRIBUTION = tuple(name for name in AttributionSchema().fields if name not in ("article", "widget"))


class Refused(Exception):
    """The form cannot become a wish; `errors` says why, field by field."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


@dataclass(frozen=True)
class DonateForm:
    """`chosen` is the preset of each frequency, `own` the reader's amount as typed: where typed, it counts.

    `page` is made anew each time the form is drawn. With the choice it makes the attempt, so that two
    clicks, a reload or a replay open one checkout, and another choice on the same page another one.
    """

    page: uuid.UUID
    locale: str
    frequency: str
    currency: str
    pay_in: str
    chosen: dict[str, int | None]
    own: str
    attribution: dict[str, str]

    @classmethod
    def asked(cls, query: Mapping[str, str], settings: Settings) -> "DonateForm":
        """The form as an address asks for it; what the address says wrongly is left out."""
        locale = with_territory(query.get("locale"), settings.locales)
        country = query.get("country", "")
        currency = query.get("currency", "").lower()
        if currency not in offers():
            known = country if re.fullmatch("[A-Za-z]{2}", country) else None
            currency = suggested_currency(locale, known, settings.default_currency)
        frequency = query.get("frequency", "")
        form = cls(
            page=uuid.uuid4(),
            locale=locale,
            frequency=frequency if frequency in FREQUENCIES else "monthly",
            currency=currency,
            pay_in=currency,
            chosen={each: offer(currency).default(each) for each in FREQUENCIES},
            own="",
            attribution=_attribution(query),
        )
        return form._with_amount(query.get("amount", ""))

    @classmethod
    def sent(cls, fields: Mapping[str, str], settings: Settings) -> "DonateForm":
        """The form as it was sent, nothing corrected."""
        currency = fields.get("currency", "")
        return cls(
            page=_uuid(fields.get("attempt", "")),
            locale=with_territory(fields.get("locale"), settings.locales),
            frequency=fields.get("frequency", ""),
            currency=currency,
            pay_in=fields.get("pay_in", currency),
            chosen={each: _whole_number(fields.get(f"amount_{each}", "")) for each in FREQUENCIES},
            own=fields.get("own", "").strip(),
            attribution=_attribution(fields),
        )

    def _with_amount(self, asked: str) -> "DonateForm":
        amount = _whole_number(asked)
        offered = offer(self.currency)
        if amount in offered.presets[self.frequency]:
            return replace(self, chosen=self.chosen | {self.frequency: amount})
        try:
            offered.check(amount or 0, self.locale)
        except NotOffered:
            return self
        return replace(self, own=amounts.written(Money(self.currency, amount or 0), self.locale))

    @property
    def tag(self) -> str:
        return self.locale.replace("_", "-")

    @property
    def offer(self) -> Offer:
        """Of the form's currency. Raises NotOffered."""
        return offer(self.currency)

    def wish(self) -> Wish:
        """Raises Refused."""
        _ = Texts.of(self.locale)
        if self.frequency not in FREQUENCIES:
            raise Refused({"frequency": [_("Choose how often you want to give.")]})
        if self.currency not in offers():
            raise Refused({"currency": [_("This currency cannot be given here; please choose again.")]})
        asked: dict[str, Any] = {
            "frequency": self.frequency,
            "amount": self._amount(),
            "currency": self.currency,
            "locale": self.tag,
            "attribution": self.attribution,
        }
        attempt = uuid.uuid5(self.page, f"{asked['amount']} {self.currency} {self.frequency}")
        try:
            wish = WishSchema().load(asked | {"attempt": str(attempt)})
        except ValidationError as refused:
            reasons = refused.messages
            assert isinstance(reasons, dict)
            raise Refused(reasons) from None
        assert isinstance(wish, Wish)
        return wish

    def _amount(self) -> int:
        _ = Texts.of(self.locale)
        currency = Currency.of(self.currency)
        if self.own:
            try:
                return amounts.read(self.own, currency, self.locale)
            except amounts.Unreadable:
                example = amounts.written(
                    Money(self.currency, self.offer.default(self.frequency)), self.locale
                )
                raise Refused({"amount": [_(REFUSALS["unreadable"], amount=example)]}) from None
        amount = self.chosen[self.frequency]
        if amount is None:
            raise Refused({"amount": [_(REFUSALS["missing"])]})
        return amount

    def address(self) -> dict[str, str]:
        """The query that shows this choice again, in the currency that the reader wants to pay in."""
        return {"frequency": self.frequency, "currency": self.pay_in, "locale": self.tag} | self.attribution

    def anew(self) -> "DonateForm":
        """The same choice on a new page: what was tried before is over."""
        return replace(self, page=uuid.uuid4())


def _attribution(given: Mapping[str, str]) -> dict[str, str]:
    """What is too long or not printable is cut: where a gift came from never stands in its way."""
    cleaned = {name: UNPRINTABLE.sub("", given.get(name, "")).strip()[:100] for name in ATTRIBUTION}
    return {name: text for name, text in cleaned.items() if text}


def _whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,12}", text) else None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()
