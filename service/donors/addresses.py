"""Email addresses: the normal form that is looked up, and the receiver that is throttled."""

import unicodedata

import idna

PROVIDER_GROUPS = {
    "gmail": ("gmail.com", "googlemail.com"),
    "microsoft": ("outlook.com", "hotmail.com", "live.com", "msn.com"),
    "yahoo": ("yahoo.com", "ymail.com", "aol.com"),
    "apple": ("icloud.com", "me.com", "mac.com"),
    "mailru": ("mail.ru", "bk.ru", "inbox.ru", "list.ru"),
    "yandex": ("yandex.ru", "ya.ru", "yandex.com"),
    "gmx": ("gmx.de", "gmx.net", "web.de"),
    "proton": ("proton.me", "protonmail.com"),
}
_GROUP_OF = {domain: group for group, domains in PROVIDER_GROUPS.items() for domain in domains}


def normal_form(address: str) -> str:
    """Trimmed, NFC, case folded, the domain as its A-label. What follows a plus stays: it is theirs."""
    folded = unicodedata.normalize("NFC", address.strip()).casefold()
    local, _, domain = folded.rpartition("@")
    return f"{local}@{_a_label(domain)}"


def provider_group(address: str) -> str:
    return _GROUP_OF.get(normal_form(address).rpartition("@")[2], "other")


def _a_label(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain  # not a domain that mail reaches, but still the same key each time
