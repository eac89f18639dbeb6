"""The relay is reached as SMTP_URL says, and never with less protection than it says."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.mail.addressing import Route
from service.mail.connecting import own_name
from service.mail.endings import NeedsSmtpUtf8, RelayAway
from service.mail.relay import Relay, dot_stuffed
from tests.mail.sink import Sink, listening

SENDER, READER = Route.to("support@lantern.example"), Route.to("anna@reader.example")
no_secret_at_stake = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
USER = "news%40lantern.example"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "relay.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.fixture
def listen() -> Iterator[Any]:
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(listening(**options))


def carry(url: str, *, to: Route = READER) -> None:
    relay = Relay(url, "lantern.example")
    try:
        relay.offer(SENDER, to, b"Subject: x\r\n\r\nx\r\n")
        relay.finish()
    finally:
        relay.hang_up()


def test_it_greets_by_name_and_says_goodbye(sink: Sink) -> None:
    carry(sink.url)
    assert sink.greetings == ["lantern.example"]
    assert sink.farewells == 1


@pytest.mark.parametrize(
    ("public_url", "name"),
    [
        ("https://give.lantern.example/app", "give.lantern.example"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_the_name_it_greets_by(public_url: str, name: str) -> None:
    assert own_name(public_url) == name


@pytest.mark.parametrize("implicit", [False, True])
def test_encrypted_as_asked(listen: Any, tls: ssl.SSLContext, trusted: None, implicit: bool) -> None:
    sink = listen(tls=tls, implicit=implicit, **({} if implicit else {"require_starttls": True}))
    carry(f"{'smtps' if implicit else 'smtp+tls'}://127.0.0.1:{sink.port}")
    assert len(sink.delivered) == 1


@pytest.mark.parametrize("implicit", [False, True])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    listen: Any, tls: ssl.SSLContext, implicit: bool
) -> None:
    sink = listen(tls=tls, implicit=implicit)
    with pytest.raises(RelayAway, match="CERTIFICATE_VERIFY_FAILED"):
        carry(f"{'smtps' if implicit else 'smtp+tls'}://127.0.0.1:{sink.port}")
    assert not sink.delivered


def test_encryption_that_is_not_offered_is_not_done_without(sink: Sink) -> None:
    with pytest.raises(RelayAway, match="STARTTLS"):
        carry(f"smtp+tls://127.0.0.1:{sink.port}")
    assert not sink.delivered


@no_secret_at_stake
@pytest.mark.parametrize("excluded", ["PLAIN", "LOGIN"])
def test_signing_in(listen: Any, excluded: str) -> None:
    sink = listen(auth_required=True, auth_require_tls=False, auth_exclude_mechanism=[excluded])
    sink.password = "p:/@ss"
    carry(f"smtp://{USER}:p%3A%2F%40ss@127.0.0.1:{sink.port}")
    assert len(sink.delivered) == 1
    with pytest.raises(RelayAway, match="signing in was refused: 535") as refused:
        carry(f"smtp://{USER}:wrong-secret@127.0.0.1:{sink.port}")
    assert "wrong-secret" not in str(refused.value)


@no_secret_at_stake
def test_a_password_beyond_ascii(listen: Any) -> None:
    sink = listen(auth_required=True, auth_require_tls=False)
    sink.password = "schlüssel ✓"
    carry(f"smtp://{USER}:schl%C3%BCssel%20%E2%9C%93@127.0.0.1:{sink.port}")
    assert len(sink.delivered) == 1


@no_secret_at_stake
def test_a_relay_that_wants_us_to_sign_in_is_away(listen: Any) -> None:
    sink = listen(auth_required=True, auth_require_tls=False)
    with pytest.raises(RelayAway, match="530"):
        carry(f"smtp://127.0.0.1:{sink.port}")


def test_letters_beyond_ascii_go_where_smtputf8_is_offered(listen: Any, sink: Sink) -> None:
    reader = Route.to("читатель@почта.example")
    offering = listen(enable_SMTPUTF8=True)
    carry(offering.url, to=reader)
    [delivered] = offering.delivered
    assert delivered.recipient == "читатель@xn--80a1acny.example"
    assert "SMTPUTF8" in delivered.options
    with pytest.raises(NeedsSmtpUtf8):
        carry(sink.url, to=reader)


def test_what_was_not_finished_is_thrown_away(sink: Sink) -> None:
    relay = Relay(sink.url)
    relay.offer(SENDER, READER, b"Subject: first\r\n\r\nx\r\n")
    relay.offer(SENDER, READER, b"Subject: second\r\n\r\nx\r\n")
    relay.finish()
    relay.offer(SENDER, READER, b"Subject: third\r\n\r\nx\r\n")
    relay.hang_up()
    assert [each.message["Subject"] for each in sink.delivered] == ["second"]


@pytest.mark.parametrize(
    ("content", "stuffed"),
    [
        (b".", b"..\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b"..a\r\n.b", b"...a\r\n..b\r\n"),
        (b"a.\r\n", b"a.\r\n"),
    ],
)
def test_no_line_is_taken_for_the_end(content: bytes, stuffed: bytes) -> None:
    assert dot_stuffed(content) == stuffed
