"""What may be given: for each currency the smallest and largest amount, the step, and the presets.

The amounts stand in `offers.csv`, in Stripe's minor units; the smallest is about two US dollars, and the
largest has eight digits at most: Stripe takes no more.
The step comes from the currency itself: whole króna in Iceland, tens of fils in Kuwait.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.numbers import get_territory_currencies

from service.donations.models import FREQUENCIES
from service.donations.wording import REFUSALS
from service.money import Currency, Money
from service.texts import Texts


class NotOffered(ValueError):
    """An amount or a currency that cannot be given here; `field` names which, the message says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class Offer:
    """What may be given in one currency; all amounts are minor units."""

    currency: str
    minimum: int
    maximum: int
    presets: dict[str, tuple[int, ...]]

    @property
    def step(self) -> int:
        return Currency.of(self.currency).charge_multiple

    def default(self, frequency: str) -> int:
        """The preset that is chosen before the reader chooses: the second."""
        return self.presets[frequency][1]

    def check(self, amount: int, locale: str) -> None:
        """Raises NotOffered with a sentence for the reader when the amount cannot be given."""
        _ = Texts.of(locale)
        if amount < self.minimum:
            raise NotOffered("amount", _(REFUSALS["minimum"], amount=self._say(self.minimum, locale)))
        if amount > self.maximum:
            raise NotOffered("amount", _(REFUSALS["maximum"], amount=self._say(self.maximum, locale)))
        if amount % self.step:
            smallest = Money(self.currency, self.step).written(locale)
            raise NotOffered("amount", _(REFUSALS["step"], amount=smallest))

    def _say(self, amount: int, locale: str) -> str:
        return Money(self.currency, amount).written(locale, short=True)


@cache
def offers() -> dict[str, Offer]:
    """Every currency that can be given, in the order in which it is shown."""
    with files("service.donations").joinpath("offers.csv").open(encoding="utf-8") as lines:
        return {
            row["currency"]: Offer(
                currency=row["currency"],
                minimum=int(row["minimum"]),
                maximum=int(row["maximum"]),
                presets={
                    frequency: tuple(int(amount) for amount in row[frequency].split())
                    for frequency in FREQUENCIES
                },
            )
            for row in csv.DictReader(lines)
        }


def offer(currency: str) -> Offer:
    found = offers().get(currency)
    if found is None:
        raise NotOffered("currency", f"The currency must be one of {', '.join(offers())}.")
    return found


def suggested_currency(locale: str, country: str | None, default: str) -> str:
    """The currency of the reader's country, of the locale's territory, or the newsroom's own."""
    for territory in (country, _territory(locale)):
        for code in get_territory_currencies(territory.upper()) if territory else ():
            if code.lower() in offers():
                return code.lower()
    return default


def _territory(locale: str) -> str | None:
    """Only a territory that the locale names: English alone is no reason to think of dollars."""
    try:
        return Locale.parse(locale).territory
    except (ValueError, UnknownLocaleError):
        return None
