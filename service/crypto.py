"""Keys at work: identities sealed under a key of their own, and found again without being read.

Every person's name and address are sealed with AES-256-GCM under that person's data key; the data
key is wrapped by the newest of `PII_KEYS`. Deleting the wrapped key erases the person. Look-ups go
over an HMAC of the normal form. A new lookup key wraps the old value (`HMAC(new, HMAC(old, x))`),
so that rows whose address nobody can read any more (suppression lists) can be rotated as well.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class Unreadable(Exception):
    """A sealed value does not open: another key, another row, or altered bytes."""


@dataclass(frozen=True, repr=False)
class Key:
    """A named 256-bit key, as written in a setting: `id:base64url`."""

    id: str
    secret: bytes

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Raises ValueError with the reason when the text is no key."""
        name, separator, encoded = text.strip().partition(":")
        if not separator or not name.isalnum():
            raise ValueError("write each key as id:base64url")
        try:
            secret = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError as unreadable:
            raise ValueError(f"key {name} is not base64url") from unreadable
        if len(secret) != KEY_BYTES:
            raise ValueError(f"key {name} has {len(secret)} bytes, 32 are needed")
        return cls(name, secret)


class Keyring:
    """Opens and closes what is sealed. `pii` and `lookup` list their keys newest first."""

    def __init__(self, pii: Sequence[Key], lookup: Sequence[Key]) -> None:
        self._newest = pii[0]
        self._pii = {key.id: key for key in pii}
        self._lookup_oldest_first = [key.secret for key in reversed(lookup)]
        self._ciphers = {key.id: AESGCM(key.secret) for key in pii}

    def new_data_key(self, owner: str) -> tuple[bytes, bytes]:
        """A fresh data key for one person: (as it is kept, as it is used)."""
        data_key = secrets.token_bytes(KEY_BYTES)
        return self.seal(data_key, f"data key of {owner}"), data_key

    def unwrap(self, wrapped: bytes, owner: str) -> bytes:
        return self.open(wrapped, f"data key of {owner}")

    def seal(self, plain: bytes, place: str) -> bytes:
        """Seal under the newest of PII_KEYS; `place` (table and row) is bound in, so it cannot be moved."""
        name = self._newest.id.encode()
        return bytes([len(name)]) + name + _seal(self._ciphers[self._newest.id], plain, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        name = sealed[1 : 1 + sealed[0]].decode(errors="replace") if sealed else ""
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise Unreadable(f"sealed under key {name!r}, which PII_KEYS does not hold")
        return _open(cipher, sealed[1 + sealed[0] :], place)

    def lookup(self, normal_form: str) -> bytes:
        """The keyed hash under which a normal form is found; 32 bytes."""
        value = normal_form.encode()
        for key in self._lookup_oldest_first:
            value = hmac.digest(key, value, sha256)
        return value


def seal_with(data_key: bytes, text: str, place: str) -> bytes:
    """Seal a text under a person's data key; `place` names table, column and row."""
    return _seal(AESGCM(data_key), text.encode(), place)


def open_with(data_key: bytes, sealed: bytes, place: str) -> str:
    return _open(AESGCM(data_key), sealed, place).decode()


def _seal(cipher: AESGCM, plain: bytes, place: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, place.encode())


def _open(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as refused:
        raise Unreadable(f"{place} does not open") from refused
