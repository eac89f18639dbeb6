"""Addresses as the wire wants them: the domain as its A-label, the local part as its owner writes it."""

import re
from dataclasses import dataclass

import idna

# Unquoted, as all mail systems understand it (RFC 5321 dot-string), with the letters of RFC 6531.
LOCAL_PART = re.compile(r"[^\s\x00-\x20\x7f\"(),:;<>@\[\\\].]+(?:\.[^\s\x00-\x20\x7f\"(),:;<>@\[\\\].]+)*")


class Unroutable(Exception):
    """No address that mail can be sent to; the address itself is not in the message."""


@dataclass(frozen=True, repr=False)
class Route:
    """Where a letter goes: an address split where mail splits it."""

    local: str
    domain: str

    @classmethod
    def to(cls, address: str) -> "Route":
        local, at, domain = address.strip().rpartition("@")
        if not at or not LOCAL_PART.fullmatch(local):
            raise Unroutable("the address is not one that mail can reach")
        try:
            return cls(local, idna.encode(domain, uts46=True).decode())
        except idna.IDNAError as malformed:
            raise Unroutable("the address has no domain that mail can reach") from malformed

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        return not self.local.isascii()
