"""What is sealed opens with its key and in its place only; look-ups survive a new key."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crypto import Key, Keyring, Unreadable, open_with, seal_with


def key(name: str, byte: int) -> Key:
    return Key(name, bytes([byte]) * 32)


OLD, NEW = key("old", 1), key("new", 2)


@given(st.text(max_size=200))
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert open_with(OLD.secret, seal_with(OLD.secret, text, "here"), "here") == text


def test_a_sealed_value_cannot_be_moved_to_another_row() -> None:
    sealed = seal_with(OLD.secret, "anna", "identities.name of dnr_a")
    with pytest.raises(Unreadable):
        open_with(OLD.secret, sealed, "identities.name of dnr_b")


@pytest.mark.parametrize("position", range(0, 40, 7))
def test_an_altered_byte_does_not_open(position: int) -> None:
    sealed = bytearray(seal_with(OLD.secret, "anna@example.org", "here"))
    sealed[position] ^= 1
    with pytest.raises(Unreadable):
        open_with(OLD.secret, bytes(sealed), "here")


def test_a_data_key_wrapped_under_the_old_key_opens_after_a_new_one_came() -> None:
    wrapped, data_key = Keyring([OLD], [OLD]).new_data_key("dnr_a")
    both = Keyring([NEW, OLD], [OLD])
    assert both.unwrap(wrapped, "dnr_a") == data_key
    assert both.new_data_key("dnr_a")[0][1:4] == b"new"
    with pytest.raises(Unreadable, match="'old'"):
        Keyring([NEW], [OLD]).unwrap(wrapped, "dnr_a")


def test_every_sealing_looks_different() -> None:
    assert seal_with(OLD.secret, "same", "here") != seal_with(OLD.secret, "same", "here")


def test_a_new_lookup_key_wraps_the_old_value() -> None:
    before = Keyring([OLD], [OLD]).lookup("anna@example.org")
    after = Keyring([OLD], [NEW, OLD]).lookup("anna@example.org")
    assert after != before
    # A row whose address nobody can read any more is rotated from its old value alone.
    from hashlib import sha256
    from hmac import digest

    assert after == digest(NEW.secret, before, sha256)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "id:base64url"),
        ("k1", "id:base64url"),
        ("k 1:" + urlsafe_b64encode(bytes(32)).decode(), "id:base64url"),
        ("k1:" + urlsafe_b64encode(bytes(31)).decode(), "31 bytes"),
        ("k1:ä", "base64url"),
    ],
)
def test_a_key_that_is_none_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Key.parse(text)


def test_a_key_is_never_shown() -> None:
    assert "\\x01" not in repr(OLD)
