"""A donor is recognised by any way of writing the address, and read with the keys only."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from service.crypto import Keyring
from service.database import Sessions
from service.donors import recognise, reveal
from service.donors.addresses import normal_form, provider_group
from tests.conftest import Database


def seen(sessions: Sessions, keyring: Keyring, email: str, name: str | None = None) -> str:
    with sessions.begin() as session:
        return recognise(session, keyring, email=email, name=name, locale="en")


@pytest.mark.parametrize(
    "again", ["Anna@Example.org", "  anna@example.org ", "ANNA@EXAMPLE.ORG", "anna@EXAMPLE.org"]
)
def test_one_person_however_the_address_is_written(database: Database, keyring: Keyring, again: str) -> None:
    assert seen(database.sessions, keyring, "anna@example.org") == seen(database.sessions, keyring, again)


def test_a_plus_is_another_person(database: Database, keyring: Keyring) -> None:
    first = seen(database.sessions, keyring, "anna@example.org")
    assert first != seen(database.sessions, keyring, "anna+news@example.org")


@pytest.mark.parametrize(
    ("address", "normal"),
    [
        ("читатель@Почта.рф", "читатель@xn--80a1acny.xn--p1ai"),
        ("u\u0308ber@example.org", "\u00fcber@example.org"),
        ("STRASSE@BÜCHER.example", "strasse@xn--bcher-kva.example"),
        ("straße@example.org", "strasse@example.org"),
        ("no domain", "@no domain"),
    ],
)
def test_the_normal_form(address: str, normal: str) -> None:
    assert normal_form(address) == normal


@pytest.mark.parametrize(
    ("address", "group"),
    [("a@GMail.com", "gmail"), ("a@mail.ru", "mailru"), ("a@example.org", "other"), ("a", "other")],
)
def test_the_provider_group(address: str, group: str) -> None:
    assert provider_group(address) == group


def test_a_name_given_later_is_kept_and_never_overwritten(database: Database, keyring: Keyring) -> None:
    donor_id = seen(database.sessions, keyring, "anna@example.org")
    seen(database.sessions, keyring, "anna@example.org", "Анна 🎉")
    seen(database.sessions, keyring, "anna@example.org", "Somebody Else")
    with database.sessions.begin() as session:
        person = reveal(session, keyring, donor_id)
    assert person is not None
    assert (person.email, person.name) == ("anna@example.org", "Анна 🎉")


def test_nothing_in_the_database_shows_who_it_is(database: Database, keyring: Keyring) -> None:
    seen(database.sessions, keyring, "anna@example.org", "Anna Karenina")
    with database.engine.connect() as connection:
        row = str(connection.execute(text("SELECT identities::text FROM identities")).scalar())
        plain = "".join(bytes.fromhex(part).decode(errors="ignore") for part in _hex_parts(row))
    assert not any(word in row + plain for word in ("anna", "Anna", "example"))


def _hex_parts(row: str) -> list[str]:
    import re

    return re.findall(r"\\x([0-9a-f]+)", row)


def test_a_person_seen_first_by_many_at_once_is_one(database: Database, keyring: Keyring) -> None:
    with ThreadPoolExecutor(8) as many:
        ids = set(many.map(lambda _: seen(database.sessions, keyring, "anna@example.org", "Anna"), range(24)))
    assert len(ids) == 1
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM donors")) == 1


def test_who_is_erased_is_nobody(database: Database, keyring: Keyring) -> None:
    donor_id = seen(database.sessions, keyring, "anna@example.org")
    with database.sessions.begin() as session:
        session.execute(text("DELETE FROM identities"))
    with database.sessions.begin() as session:
        assert reveal(session, keyring, donor_id) is None
    assert seen(database.sessions, keyring, "anna@example.org") != donor_id
