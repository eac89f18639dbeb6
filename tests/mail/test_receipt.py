"""The receipt says what finance and a tax office need, and never a word too many."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from html.parser import HTMLParser
from typing import Any

import pytest

from service import mail
from service.donations import letters
from service.donations.models import Donation
from service.donors import reveal
from service.mail import Errand, Letter, Relay, Skip, deliver_due, outbox
from service.money import Money
from service.parts import Parts, assemble
from service.settings import Settings
from tests.mail.conftest import look, recognised
from tests.mail.sink import Sink

PAID = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # the 25th in Riga
NAMES = [
    "Анна Каренина",
    "السيدة فاطمة الزهراء",
    "🦊 Renard 🦊",
    "O'Brien & <b>Söhne</b> {{ 7 * 7 }}",
    "Wolfeschlegelsteinhausenbergerdorff" * 20,
    "李",
]


@pytest.fixture
def parts(environment: dict[str, str]) -> Any:
    parts = assemble(
        Settings.from_environment(
            environment
            | {
                "NEWSROOM_ADDRESS": "12 Harbour Street, Riga",
                "RECEIPT_LINE": "No goods or services were provided.",
            }
        )
    )
    mail.register("receipt", partial(letters.receipt, parts))
    yield parts
    parts.close()


Give = Callable[..., str]


@pytest.fixture
def give(parts: Parts) -> Give:
    """A donation in the books of a donor; returns its id."""

    def give(name: str | None = "Anna", **changes: Any) -> str:
        donor = recognised(parts, "anna@reader.example", name)
        given: dict[str, Any] = {
            "id": "don_1",
            "payment_intent_id": "pi_1",
            "checkout_id": None,
            "recurring_donation_id": None,
            "donor_id": donor,
            "frequency": "once",
            "amount": 2500,
            "currency": "eur",
            "status": "paid",
            "attribution": {},
            "created_at": PAID,
            "paid_at": PAID,
            "charge_id": None,
            "balance_transaction_id": None,
            "invoice_id": None,
            "method": "card",
            "card_brand": None,
            "card_country": None,
            "presentment_amount": None,
            "presentment_currency": None,
            "failure_code": None,
        }
        locale = changes.pop("locale", "en_GB")
        with parts.sessions.begin() as session:
            session.add(Donation(**(given | changes)))
            outbox.promise(session, kind="receipt", subject="don_1", recipient=donor, locale=locale)
        return donor

    return give


class Words(HTMLParser):
    """The text of a page as it is read, and what the page would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.fetched: list[str] = []
        self.language: str | None = None
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "title")
        given = dict(attrs)
        self.language = given.get("lang") or self.language
        self.fetched += [str(value) for name, value in attrs if name in ("src", "background", "srcset")]
        if tag in ("img", "link", "script", "iframe", "object"):
            self.fetched.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)


def written(parts: Parts, donor: str, *, subject: str = "don_1", locale: str = "en") -> Letter | Skip:
    with parts.sessions.begin() as session:
        reader = reveal(session, parts.keyring, donor)
        assert reader is not None
        return letters.receipt(parts, session, Errand(subject, "", reader, locale))


def delivered(parts: Parts, sink: Sink) -> tuple[str, str, str]:
    """Subject, text and page of the one receipt, as they arrived."""
    assert deliver_due(parts, Relay(sink.url)) == 1
    message = sink.delivered[-1].message
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    return str(message["Subject"]), plain.get_content(), page.get_content()


def read(page: str) -> str:
    return " ".join("".join(Words(page).said).split())


def test_a_receipt_has_what_finance_needs(parts: Parts, give: Give, sink: Sink) -> None:
    give()
    subject, text, page = delivered(parts, sink)
    assert subject == "Receipt for your donation to The Lantern"
    for said in (
        *("Dear Anna,", "one-time donation", "€25.00", "25 November 2026", "don_1", "The Lantern"),
        *("12 Harbour Street, Riga", "No goods or services were provided.", "support@lantern.example"),
    ):
        assert said in text
        assert said in read(page)
    assert "stop at any time" not in text + page


@pytest.mark.parametrize(("frequency", "every"), [("monthly", "month"), ("annual", "year")])
def test_who_gives_again_and_again_is_told_how_to_stop(
    parts: Parts, give: Give, sink: Sink, frequency: str, every: str
) -> None:
    give(frequency=frequency)
    _, text, page = delivered(parts, sink)
    for said in (
        f"{frequency} donation",
        f"This donation repeats every {every}. You can stop at any time: write to support@lantern.example",
    ):
        assert said in text
        assert said in read(page)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_donor(parts: Parts, give: Give, sink: Sink, name: str) -> None:
    give(name)
    _, text, page = delivered(parts, sink)
    assert text.startswith(f"Dear {name},")
    assert read(page).startswith(f"Dear {name},")


@pytest.mark.parametrize("name", [None, "", "   ", "\r\n"])
def test_a_donor_without_a_name_is_greeted_all_the_same(
    parts: Parts, give: Give, sink: Sink, name: str | None
) -> None:
    give(name)
    _, text, page = delivered(parts, sink)
    assert text.splitlines()[0] == "Hello,"
    assert read(page).startswith("Hello,")
    assert "From:" not in text
    assert "None" not in text + page


def test_a_name_cannot_break_out_of_its_line(parts: Parts, give: Give, sink: Sink) -> None:
    give("Anna\r\n\r\nTransaction: forged")
    _, text, _ = delivered(parts, sink)
    assert text.splitlines()[0] == "Dear Anna Transaction: forged,"


def test_nothing_is_said_where_nothing_is_set(environment: dict[str, str], give: Give, sink: Sink) -> None:
    bare = assemble(Settings.from_environment(environment))
    mail.register("receipt", partial(letters.receipt, bare))
    give(None)
    _, text, page = delivered(bare, sink)
    bare.close()
    assert "None" not in text + page
    assert "\n\n\n" not in text.replace("\r", "")
    assert text.rstrip().endswith("The Lantern")
    assert "To: The Lantern" in text


@pytest.mark.parametrize("money", [Money("eur", 123456), Money("jpy", 1500), Money("isk", 250000)], ids=str)
def test_amounts_are_written_as_their_reader_writes_them(parts: Parts, give: Give, money: Money) -> None:
    donor = give(currency=money.currency, amount=money.amount)
    for locale in ("en", "en_GB", "de_CH", "ru", "ar_EG", "fa", "hi_IN", "pt_BR", "ja"):
        letter = written(parts, donor, locale=locale)
        assert isinstance(letter, Letter)
        assert money.written(locale) in letter.text
        assert money.written(locale) in letter.html
        assert letter.language == "en", "the language of the words, not of the reader"
        assert Words(letter.html).language == "en"


def test_the_day_is_written_in_the_language_of_the_letter(parts: Parts, give: Give, sink: Sink) -> None:
    give(locale="de_AT")
    assert "November 25, 2026" in delivered(parts, sink)[1]


def test_what_the_donor_saw_is_said_where_it_was_another_currency(
    parts: Parts, give: Give, sink: Sink
) -> None:
    give(presentment_amount=2100, presentment_currency="gbp")
    _, text, page = delivered(parts, sink)
    assert "€25.00 (paid as £21.00)" in text
    assert "paid as £21.00" in read(page)


@pytest.mark.parametrize("currency", ["eur", "xyz"])
def test_what_is_the_same_or_unknown_is_not_said(parts: Parts, give: Give, sink: Sink, currency: str) -> None:
    give(presentment_amount=2500, presentment_currency=currency)
    assert "paid as" not in delivered(parts, sink)[1]


@pytest.mark.parametrize("status", ["failed", "processing"])
def test_no_receipt_for_what_is_not_paid(parts: Parts, give: Give, sink: Sink, status: str) -> None:
    give(status=status)
    assert deliver_due(parts, Relay(sink.url)) == 0
    receipt = look(parts, "don_1")
    assert (receipt.state, receipt.reason) == ("skipped", f"the donation is {status}")


def test_no_receipt_for_what_does_not_exist(parts: Parts, give: Give) -> None:
    assert written(parts, give(), subject="don_2") == Skip("the donation does not exist")


def test_the_version_names_the_templates(parts: Parts, give: Give) -> None:
    letter = written(parts, give())
    assert isinstance(letter, Letter)
    assert re.fullmatch(r"[0-9a-f]{12}", letter.version)


def test_a_receipt_fetches_nothing_and_follows_nobody(parts: Parts, give: Give, sink: Sink) -> None:
    give(frequency="monthly")
    _, _, page = delivered(parts, sink)
    assert Words(page).fetched == []
    assert not re.search(r"https?:|url\(|@import", page)
    assert "prefers-color-scheme: dark" in page
    assert len(page.encode()) < 20_000, "Gmail cuts a message off at 102 kB"
