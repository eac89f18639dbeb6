"""What goes over the wire is mail as the standards and the large receivers want it."""

import re
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime

import pytest

from service import clock, mail
from service.mail import Errand, Letter, Relay, deliver_due
from service.mail.addressing import Route, Unroutable
from service.parts import Parts, assemble
from service.settings import Settings
from tests.mail.conftest import Promise, look, recognised
from tests.mail.sink import Delivered, Sink, listening

NAMES = [
    "The Lantern",
    "Газета «Маяк», независимая редакция",
    "صحيفة المنارة المستقلة",
    "灯台新聞 🗞️",
    'Nom "entre guillemets", & Cie <rédaction>',
    "Die sehr lange Zeitungsgesellschaft für unabhängigen Journalismus, e. V. " * 3,
    "The Foundation for Independent Journalism, Local News and Public Information, Inc.",
    "=?utf-8?q?Not_what_it_seems?=",
    "Two\r\nBcc: everybody@elsewhere.example",
]

LONGEST = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.example"


def deliver_one(parts: Parts, sink: Sink) -> Delivered:
    assert deliver_due(parts, Relay(sink.url)) == 1
    return sink.delivered[-1]


def decoded(words: str) -> str:
    """RFC 2047 undone (the parser of `email.policy` would add spaces between the words)."""
    return str(make_header(decode_header(words)))


def raw_headers(delivered: Delivered) -> dict[str, str]:
    """The headers as they stand, unfolded and not decoded."""
    head = delivered.content.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = re.sub(r"\r\n[ \t]", " ", head).split("\r\n")
    pairs = [line.partition(": ")[::2] for line in lines]
    assert len(pairs) == len({name.lower() for name, _ in pairs}), "no header stands twice"
    return dict(pairs)


def test_the_headers(parts: Parts, promise: Promise, sink: Sink) -> None:
    promise("a")
    delivered = deliver_one(parts, sink)
    headers = raw_headers(delivered)
    assert headers["From"] == "The Lantern <support@lantern.example>"
    assert headers["To"] == "anna@reader.example"
    assert headers["Subject"] == "About a"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert headers["Content-Language"] == "en"
    assert headers["MIME-Version"] == "1.0"
    assert re.fullmatch(r"<note\.[a-z2-7]{24}@lantern\.example>", headers["Message-ID"])
    assert abs((parsedate_to_datetime(headers["Date"]) - clock.now()).total_seconds()) < 10
    assert delivered.sender == "support@lantern.example"
    assert set(headers) == {
        *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
        *("Auto-Submitted", "X-Auto-Response-Suppress", "X-Mailru-Msgtype", "Content-Language"),
    }
    parts_of_it = [part.get_content_type() for part in delivered.message.walk()]
    assert parts_of_it == ["multipart/alternative", "text/plain", "text/html"]


def test_the_message_id_is_the_messages_own(parts: Parts, promise: Promise, sink: Sink, reader: str) -> None:
    promise("a", "b")
    promise("a", period="2026-12")
    assert deliver_due(parts, Relay(sink.url)) == 3
    assert len(set(sink.message_ids)) == 3
    assert not any(secret in each for each in sink.message_ids for secret in ("anna", reader))


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_newsroom(environment: dict[str, str], promise: Promise, sink: Sink, name: str) -> None:
    parts = assemble(Settings.from_environment(environment | {"NEWSROOM_NAME": name}))
    promise("a")
    delivered = deliver_one(parts, sink)
    parts.close()
    header = raw_headers(delivered)["From"]
    assert "Bcc" not in raw_headers(delivered)
    [(shown, address)] = getaddresses([header])
    assert address == "support@lantern.example"
    assert decoded(shown) == " ".join(name.split())


@pytest.mark.parametrize("text", [*NAMES, "x" * 5000, "ы" * 3000, "🦊" * 900, "\\u200fمرحبا\\u200e"])
def test_any_text(parts: Parts, promise: Promise, sink: Sink, text: str) -> None:
    def told(session: object, errand: Errand) -> Letter:
        return Letter(f"About {text}", f"{text}\n\n{text}", f"<p>{text}</p>", language="ru", version="1")

    mail.register("note", told)
    promise("a")
    delivered = deliver_one(parts, sink)
    assert delivered.content.isascii()
    assert max(len(line) for line in delivered.content.split(b"\r\n")) <= 998
    ends = {delivered.content.count(end) for end in (b"\r\n", b"\r", b"\n")}
    assert len(ends) == 1, "no line ends in another way"
    assert decoded(raw_headers(delivered)["Subject"]) == " ".join(f"About {text}".split())
    assert all(len(each) <= 75 for each in re.findall(r"=\?\S*\?=", delivered.content.decode()))
    plain, html = delivered.message.get_body(("plain",)), delivered.message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().split() == f"{text} {text}".split()
    assert html.get_content().split() == f"<p>{text}</p>".split()


@pytest.mark.parametrize(
    ("address", "recipient"),
    [
        ("anna@reader.example", "anna@reader.example"),
        ("Anna.Karenina+news@Reader.Example", "Anna.Karenina+news@reader.example"),
        ("o'brien@reader.example", "o'brien@reader.example"),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        (LONGEST, LONGEST),
        ("!#$%&*+-/=?^_`{|}~@reader.example", "!#$%&*+-/=?^_`{|}~@reader.example"),
    ],
)
def test_any_address(parts: Parts, promise: Promise, sink: Sink, address: str, recipient: str) -> None:
    promise("a", recipient=recognised(parts, address))
    delivered = deliver_one(parts, sink)
    assert delivered.recipient == recipient
    [to] = delivered.message["To"].addresses
    assert (to.display_name, to.addr_spec) == ("", recipient)


def test_an_address_beyond_ascii_is_written_as_its_owner_writes_it(parts: Parts, promise: Promise) -> None:
    promise("a", recipient=recognised(parts, "читатель@почта.рф"))
    with listening(enable_SMTPUTF8=True) as sink:
        delivered = deliver_one(parts, sink)
    assert delivered.recipient == "читатель@xn--80a1acny.xn--p1ai"
    assert "To: читатель@xn--80a1acny.xn--p1ai\r\n".encode() in delivered.content


def test_an_address_that_the_relay_cannot_carry_has_failed(
    parts: Parts, promise: Promise, sink: Sink
) -> None:
    promise("a", recipient=recognised(parts, "читатель@почта.рф"))
    promise("b")
    deliver_one(parts, sink)
    a = look(parts, "a")
    assert (a.state, a.reason) == ("failed", "the address needs SMTPUTF8, which the relay does not offer")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@reader.example",
        "anna@reader..example",
        "an na@reader.example",
        "anna@rea der.example",
        "a@b@reader.example",
        "anna\r\nRCPT TO:<x@y.example>@reader.example",
        "<anna@reader.example>",
        ".anna@reader.example",
        "anna@-reader.example",
        '"an na"@reader.example',
    ],
)
def test_no_address(address: str) -> None:
    with pytest.raises(Unroutable) as refused:
        Route.to(address)
    assert "anna" not in str(refused.value)


def test_a_message_to_no_address_has_failed(parts: Parts, promise: Promise, sink: Sink) -> None:
    promise("a", recipient=recognised(parts, "an na@reader.example"))
    promise("b")
    deliver_one(parts, sink)
    assert look(parts, "a").state == "failed"
    assert look(parts, "a").reason == "the address is not one that mail can reach"
