"""Nothing that could name a person or open a door reaches a log; what an operator needs does."""

import json
import logging
import time
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from service.logs import JsonLines, masked, working_for
from tests.conftest import Database

KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"

# What is logged, and what of it must not be read.
SECRETS = [
    # addresses
    ("wrote to anna@reader.example today", "anna reader"),
    ("<anna@reader.example>, 'anna@reader.example'; (anna@reader.example)", "anna reader"),
    ('to "anna k"@reader.example: refused', "anna reader"),
    (r"{\"to\": \"\"anna k\"@reader.example\"}", "anna reader"),
    ("From: Anna Karenina <ak@reader.example>", "Anna Karenina ak@ reader"),
    ('"Anna Karenina" <ak@reader.example>', "Anna Karenina ak@ reader"),
    ("anna.karenina+news@reader.example", "anna karenina news reader"),
    ("o'brien@reader.example", "brien reader"),
    ("smith&jones@reader.example", "smith jones reader"),
    ("GET /donate?email=anna%40reader.example&amount=5", "anna reader"),
    ("next=%2Fdonate%3Femail%3Danna%2540reader.example", "anna reader"),
    ("mailto:anna%40reader%2Eexample", "anna reader"),
    ("anna&#64;reader.example anna&#x40;reader.example", "anna reader"),
    ("b+anna=reader.example=x1@bounce.lantern.example", "anna reader"),
    ("SRS0=ab=cd=reader.example=anna@forward.example", "anna reader"),
    ("читатель@почта.рф", "читатель почта"),
    ("anna@xn--80a1acny.xn--p1ai", "anna xn--80a1acny"),
    ("उदाहरण@उदाहरण.भारत", "उदाहरण भारत"),
    ("anna＠reader．example", "anna reader"),
    (r"\u0430\u043d\u043d\u0430@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444", r"\u0430 \u043f \u0440"),
    ("anna@[203.0.113.9] anna@[IPv6:2001:db8::9]", "anna 203.0.113 2001:db8"),
    ("To: =?utf-8?b?0JDQvdC90LA=?= <x@y.example>", "0JDQvdC90LA"),
    ("Subject: =?utf-8?q?=D0=90=D0=BD=D0=BD=D0=B0?=", "D0=90"),
    ('{"customer_details":{"email":"anna@reader.example","name":null}}', "anna reader"),
    ("250 2.1.5 anna@reader.example, ok", "anna reader"),
    ("call +371 2000 0000 or +1 (555) 010-9999", "2000 010 9999"),
    # network addresses
    ("from 203.0.113.9", "203.0.113"),
    ("from 203.0.113.9.", "203.0.113"),
    ("203.0.113.9:52344 - [203.0.113.9], x_203.0.113.9", "203.0.113"),
    ("X-Forwarded-For: 198.51.100.7, 203.0.113.9", "198.51.100 203.0.113"),
    ("ip.203.0.113.9 9.113.0.203.in-addr.arpa", "203.0.113 9.113.0.203"),
    ("from 2001:db8:85a3:0:0:8a2e:370:7334 port 25", "2001 db8 7334"),
    ("from 2001:db8::1, [2001:DB8::1]:443, 2001:db8::1.", "2001 db8 DB8"),
    ("client:2001:db8::1", "2001 db8"),
    ("ip=2001%3Adb8%3A%3A1 %5B2001%3Adb8%3A%3A1%5D", "2001 db8"),
    ("fe80::1c2:3ff%eth0", "fe80 1c2"),
    ("::ffff:203.0.113.9", "203.0.113"),
    ("2001:db8:: says", "2001 db8"),
    # keys
    ("key sk_test_51Habc and rk_live_51Habc", "51Habc"),
    ("sk_org_live_51Habc ek_test_YWNjdF8", "51Habc YWNjdF8"),
    ("whsec_abc+/def=", "abc def"),
    (
        "Stripe-Signature: t=1764021600,v1=5257a869e7ecebeda32affa6,v0=6ffbb59b2300aae63f272406",
        "5257a 6ffbb",
    ),
    ("pi_3Abc_secret_DefGhi123 seti_1Abc_secret_DefGhi123", "DefGhi123"),
    (f"PII_KEYS=2026:{KEY},2025:{KEY}", KEY),
    (f"key 2026:{KEY} does not open", KEY),
    ("SECRET_KEY=correct-horse-battery", "horse"),
    ("STRIPE_WEBHOOK_SECRETS='one,two three'", "one two three"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl", "eyJzdWIi c2lnbmF0dXJl"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
    (r"'-----BEGIN PRIVATE KEY-----\nMIIEow'", "MIIEow"),
    # whoever shows these may come in
    ("Authorization: Bearer abc123def456", "abc123"),
    ("Authorization: Basic YW5uYTpzZWNyZXQ=", "YW5uYTpzZWNyZXQ"),
    ("{'authorization': 'Bearer abc123def456', 'accept': '*/*'}", "abc123"),
    ("(b'Authorization', b'Bearer abc123def456')", "abc123"),
    ('{"Authorization": "Digest username=anna, response=abc123"}', "abc123"),
    ("Cookie: session=abc123; csrf=def456", "abc123 def456"),
    ("Set-Cookie: session=abc123; HttpOnly", "abc123"),
    ("X-Api-Key: abc123def", "abc123"),
    ("AUTH PLAIN AGFubmEAc2VjcmV0", "AGFubmEAc2VjcmV0"),
    ("AUTH LOGIN YW5uYQ==", "YW5uYQ"),
    ("GET /mail/3fKq9dLr0Zx8aBcDeFgHiJ/unsubscribe", "3fKq9d"),
    ("GET /mail/WyJhbm5hIl0.aHR0cA.x-y_z/confirm", "WyJhbm5hIl0 aHR0cA"),
    ("POST /manage/3fKq9dLr0Zx8aBcDeFgHiJ", "3fKq9d"),
    ("GET /manage?token=3fKq9d&x=1", "3fKq9d"),
    ("https://give.lantern.example/staff/sign-in/3fKq9dLr0Zx8aBcDeFgHiJ", "3fKq9d"),
    ("next=%2Fmail%2F3fKq9dLr0Zx8aBcDeFgHiJ%2Fconfirm", "3fKq9d"),
    ("/thanks?name=Anna%20Karenina&email=a", "Anna Karenina"),
    # addresses of servers, with what opens them
    ("postgresql://sustainer_web:hunter2@db.internal/sustainer", "hunter2"),
    ("postgresql+psycopg://u:p%40ss%2Fword@db:5432/x?sslmode=require", "p%40ss %2Fword"),
    ("postgresql://u:hun@ter2@db/x", "hun ter2"),
    ("redis://:hunter2@cache:6379/0", "hunter2"),
    ("smtp+tls://news%40lantern.example:hunter2@relay.example:587", "hunter2 news"),
    ("https://0123456789abcdef0123@o1.ingest.example/2", "0123456789abcdef"),
    ("connection to host=db user=u password=hunter2 failed", "hunter2"),
    ("password='hun ter2' dbname=x", "hun ter2"),
    ("{\"password\": \"hun ter2\"} {'passwd': 'hun ter2'}", "hun ter2"),
    (r"{\"password\": \"hun ter2\", \"x\": 1}", "hun ter2"),
    ("ValueError: Port could not be cast to integer value as 'hunter2'", "hunter2"),
    # what the database tells of its rows
    ("DETAIL:  Key (email)=(anna@reader.example) already exists.", "anna reader"),
    ("DETAIL:  Key (name)=(Anna (A.) Karenina) already exists.", "Anna Karenina"),
    ("Key (kind, lower(name))=(x, Anna\nKarenina) is still referenced from table y.", "Anna Karenina"),
    ("Key (name)=(Anna) conflicts with existing key (name)=(Boris).", "Anna Boris"),
    ("DETAIL:  Failing row contains (1, Anna (A.) Karenina, null).\n[SQL: UPDATE x]", "Anna Karenina"),
    ("Failing row contains (1, Anna\nKarenina, null, tru", "Anna Karenina"),
    ('invalid input syntax for type integer: "Anna Karenina"', "Anna Karenina"),
    ("[parameters: {'name': 'Anna', 'list': ['Boris']}]", "Anna Boris"),
    ("CONTEXT:  unnamed portal with parameters: $1 = 'Anna', $2 = 'O''Brien'", "Anna Brien"),
    ('CONTEXT:  COPY donors, line 1, column name: "Anna Karenina"', "Anna Karenina"),
]

# What must be read as it was written.
OPEN = [
    "2026-11-24T22:36:50.123+00:00",
    "2026-11-24 22:36:50,123 [12345] 22:36 1764021600.25",
    "listening at http://127.0.0.1:8000, [::1]:8000, 0.0.0.0:25 and ::",
    "don_hq3n7x2k5v6m4w8z2a3b4c5d6e chk_1 evt_1NG8Du2eZvKYlo2CUI79vXWy pi_3MtwBwLkdIwHu7ix28a3tqPa",
    "0b7c1f7e-3d2a-4f6e-9c55-1c0ffee00001",
    "250 2.0.0 Ok: queued as 4F1a2B",
    "421 4.7.0 try again later",
    "stripe 16.1.0, python 3.11.7, PostgreSQL 18.4",
    'File "/srv/app/service/mail/a_module_with_a_long_name.py", line 12, in deliver',
    "POST /webhooks/stripe 204",
    "POST /api/checkouts 201",
    "GET /mail/preferences 404",
    "aa:bb:cc:dd:ee:ff",
    "SELECT '1'::date, x::text",
    "tests/mail/test_x.py::test_y[a-b]",
    "celery@worker-1 ready",
    "basic authentication is not offered, the bearer token has no value",
    'password authentication failed for user "sustainer_web"',
    "Max retries exceeded with url: /v1/charges (Caused by NewConnectionError)",
    "ledger: entries balance per currency; ratio 3:2:1",
]


@pytest.mark.parametrize(("logged", "secrets"), SECRETS, ids=[logged[:40] for logged, _ in SECRETS])
def test_what_must_not_be_read_is_masked(logged: str, secrets: str) -> None:
    assert [secret for secret in secrets.split() if secret in masked(logged)] == [], masked(logged)


@pytest.mark.parametrize("logged", OPEN)
def test_what_an_operator_needs_stays(logged: str) -> None:
    assert masked(logged) == logged


@pytest.mark.parametrize(
    "logged",
    [
        "x" * 200_000,
        "a." * 100_000,
        "1:" * 100_000,
        "1." * 100_000,
        "%40" * 60_000,
        '"' * 100_000,
        "password" * 20_000,
        "eyJ." * 50_000,
        "Key (" * 30_000,
        "Failing row contains (" * 5_000,
        "=?a?b?" * 30_000,
        "/mail/" * 30_000,
        "://a:" * 30_000,
        "To: " * 30_000,
        "+1 " * 50_000,
    ],
    ids=lambda logged: logged[:10],
)
def test_no_text_takes_long_to_mask(logged: str) -> None:
    started = time.process_time()
    masked(logged)
    assert time.process_time() - started < 2


def line(message: Any, *args: Any, exc_info: Any = None, **extra: Any) -> dict[str, Any]:
    """What is written for one call of a logger, read back."""
    record = logging.getLogger("service.tests").makeRecord(
        "service.tests", logging.WARNING, __file__, 1, message, args, exc_info, extra=extra or None
    )
    written = JsonLines().format(record)
    assert len(written.splitlines()) == 1
    written.encode("utf-8")
    read: dict[str, Any] = json.loads(written)
    return read


def test_a_line_says_when_who_and_what() -> None:
    with working_for("req_1"):
        read = line("settled %s", "pi_1", object="pi_1", tries=3, well=True, none=None)
    assert abs(datetime.fromisoformat(read.pop("at")).timestamp() - time.time()) < 60
    assert read == {
        "level": "warning",
        "logger": "service.tests",
        "message": "settled pi_1",
        "request_id": "req_1",
        "object": "pi_1",
        "tries": 3,
        "well": True,
        "none": None,
    }


def test_every_part_of_a_line_is_masked_and_stays_json() -> None:
    quoted = 'said "anna@reader.example"'
    try:
        raise ValueError(quoted)
    except ValueError as failure:
        raised = (type(failure), failure, failure.__traceback__)
    read = line(
        quoted + " and %r",
        quoted,
        exc_info=raised,
        plain=quoted,
        nested={"by": [quoted, {"anna@reader.example": (quoted,)}]},
        object=UUID(int=1),
        odd=ValueError(quoted),
        raw=b"anna@reader.example",
    )
    assert "anna" not in json.dumps(read)
    assert "reader.example" not in json.dumps(read)
    assert read["message"].startswith('said "<address>"')
    assert read["object"] == str(UUID(int=1))
    assert "ValueError" in read["exception"]


def test_fields_with_telling_names_are_hidden_whatever_they_hold() -> None:
    read = line("x", password="a b", nested={"Authorization": "Odd x", "token": "t", "email": "e", "id": "i"})
    assert read["password"] == "<hidden>"
    assert read["nested"] == {
        "Authorization": "<hidden>",
        "token": "<hidden>",
        "email": "<hidden>",
        "id": "i",
    }


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("anna@reader.example")

    __repr__ = __str__


def test_a_mistake_in_logging_is_no_way_out() -> None:
    """The standard library prints message and arguments as they are when a line cannot be made."""
    assert line("%d of %d", "anna@reader.example")["message"] == "%d of %d <address>"
    assert "anna" not in json.dumps(line("x", odd=Unprintable()))
    assert "anna" not in json.dumps(line("%s", Unprintable()))
    assert line("half \udc80 a letter, and a line\u2028 and another\x85")["message"]


def test_real_errors_of_the_database(database: Database) -> None:
    name = "Anna (A.) Karenina"
    with database.owner_engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE people (id int PRIMARY KEY, name text UNIQUE CHECK (name <> ''))")
        )
        connection.execute(text("INSERT INTO people VALUES (1, :name)"), {"name": name})
    for statement in (
        "INSERT INTO people VALUES (2, :name)",
        "INSERT INTO people VALUES (NULL, :name)",
        "UPDATE people SET id = CAST(CAST(:name AS text) AS int)",
    ):
        with pytest.raises(Exception, match="psycopg") as raised, database.owner_engine.begin() as connection:
            connection.execute(text(statement), {"name": name})
        read = line("failed", exc_info=(raised.type, raised.value, raised.tb))
        assert "Karenina" not in json.dumps(read)
