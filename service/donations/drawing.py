"""What the donate page draws of a form: each choice with its words, and which of them is chosen."""

from dataclasses import dataclass

from babel import Locale

from service.donations import amounts
from service.donations.donate_form import DonateForm
from service.donations.models import FREQUENCIES
from service.donations.offers import Offer, offers
from service.donations.wording import FREQUENCY_LABELS, PROMISES
from service.money import Money
from service.settings import Settings
from service.texts import Texts, later

LEGENDS = {
    "once": later("One-time amount"),
    "monthly": later("Amount each month"),
    "annual": later("Amount each year"),
}
# For an amount that is not known while the page is drawn.
OWN_AMOUNTS = {
    "once": later("You will pay the amount you choose today, once."),
    "monthly": later(
        "You will pay the amount you choose today, and again every month from then on. Cancel any time."
    ),
    "annual": later(
        "You will pay the amount you choose today, and again every year from then on. Cancel any time."
    ),
}


@dataclass(frozen=True)
class Choice:
    """One radio button or option."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Preset(Choice):
    """An amount with the sentence that says what will be paid."""

    sentence: str


@dataclass(frozen=True)
class FrequencyChoice(Choice):
    """A frequency with its own presets; its sentence is for an amount that we do not know yet."""

    legend: str
    presets: tuple[Preset, ...]
    sentence: str


@dataclass(frozen=True)
class Drawn:
    """`before` and `after` stand beside the reader's own amount, where the currency's sign belongs."""

    frequencies: tuple[FrequencyChoice, ...]
    currencies: tuple[Choice, ...]
    currency: str
    before: str
    after: str
    limits: str


def draw(form: DonateForm, settings: Settings) -> Drawn:
    _ = Texts.of(form.locale)
    # A currency that is not offered was refused already; the form goes on in the newsroom's own.
    offer = offers().get(form.currency) or offers()[settings.default_currency]
    before, after = amounts.affixes(offer.currency, form.locale)
    smallest, largest = (_short(offer, limit, form.locale) for limit in (offer.minimum, offer.maximum))
    return Drawn(
        frequencies=tuple(_frequency(form, offer, code) for code in FREQUENCIES),
        currencies=tuple(
            Choice(code, f"{code.upper()} – {_name(code, form.locale)}", code == offer.currency)
            for code in offers()
        ),
        currency=offer.currency,
        before=before.strip(),
        after=after.strip(),
        limits=_("From {minimum} to {maximum}.", minimum=smallest, maximum=largest),
    )


def _frequency(form: DonateForm, offer: Offer, code: str) -> FrequencyChoice:
    _ = Texts.of(form.locale)
    chosen = form.chosen.get(code)
    return FrequencyChoice(
        value=code,
        label=_(FREQUENCY_LABELS[code]),
        chosen=code == form.frequency,
        legend=_(LEGENDS[code]),
        presets=tuple(
            _preset(_, code, amount, _short(offer, amount, form.locale), amount == chosen)
            for amount in offer.presets[code]
        ),
        sentence=_(OWN_AMOUNTS[code]),
    )


def _preset(_: Texts, frequency: str, amount: int, label: str, chosen: bool) -> Preset:
    return Preset(str(amount), label, chosen, _(PROMISES[frequency], amount=label))


def _short(offer: Offer, amount: int, locale: str) -> str:
    return Money(offer.currency, amount).written(locale, short=True)


def _name(code: str, locale: str) -> str:
    name: str = Locale.parse(locale).currencies.get(code.upper(), code.upper())
    return name
