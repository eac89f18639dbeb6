"""The widget's script: source, style, texts and options of one locale in one answer."""

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from service.donations.amounts import decimal_mark
from service.donations.locales import normal
from service.donations.models import FREQUENCIES
from service.donations.wording import REFUSALS
from service.money import Currency
from service.texts import Texts
from service.widget.words import words

SOURCES = ("amounts.js", "drawing.js", "asking.js", "element.js")
# Rows instead of objects: eighteen currencies name their fields once.
FIELDS = ("code", "name", "places", "decimals", "step", "minimum", "maximum", "chosen", "presets", "texts")
# Comments that have their lines to themselves; what stands behind code stays.
COMMENTS = re.compile(r"^\s*//.*\n|^/\*[^*]*\*/\n", re.MULTILINE)
FRAME = """(() => {{
"use strict";
const options = {options};
options.currencies = options.currencies.map((row) =>
Object.fromEntries(row.map((each, at) => [options.fields[at], each])));
const base = new URL(".", document.currentScript?.src || options.home).href;
{sources}
}})();
"""


@dataclass(frozen=True)
class Script:
    """The bytes that go out, plain and packed."""

    plain: bytes
    packed: bytes
    etag: str


def assemble(offered: dict[str, Any], home: str) -> Script:
    """`offered` is what `/api/options` answers; `home` is our address, for a script that lost its own."""
    options = compact(offered) | {"css": _lean("widget.css"), "home": f"{home}/"}
    written = json.dumps(options, ensure_ascii=False, separators=(",", ":"))
    plain = FRAME.format(options=written, sources="\n".join(map(_lean, SOURCES))).encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), sha256(plain).hexdigest()[:32])


def compact(offered: dict[str, Any]) -> dict[str, Any]:
    """The same options in fewer bytes, with the texts beside them."""
    locale = normal(offered["locale"]) or "en"
    _ = Texts.of(locale)
    return {
        "locale": offered["locale"],
        "direction": offered["direction"],
        "mark": decimal_mark(locale),
        "newsroom": offered["newsroom"],
        "frequency": offered["default"]["frequency"],
        "currency": offered["default"]["currency"],
        "frequencies": [[each["code"], each["label"], each["sentence"]] for each in offered["frequencies"]],
        "fields": FIELDS,
        "currencies": [_row(each) for each in offered["currencies"]],
        "features": offered["features"],
        "refusals": {name: _.with_slots(text) for name, text in REFUSALS.items()},
        "words": words(locale),
    }


def _row(currency: dict[str, Any]) -> list[Any]:
    presets = {code: [each["amount"] for each in currency["presets"][code]] for code in FREQUENCIES}
    return [
        currency["code"],
        currency["name"],
        Currency.of(currency["code"]).stripe_exponent,
        currency["decimals"],
        currency["step"],
        currency["minimum"],
        currency["maximum"],
        [presets[code].index(currency["default"][code]) for code in FREQUENCIES],
        list(presets.values()),
        [[each["text"] for each in currency["presets"][code]] for code in FREQUENCIES],
    ]


@cache
def _lean(source: str) -> str:
    """The source without comments and indentation: those are for readers of the repository."""
    text = files("service.widget").joinpath(source).read_text(encoding="utf-8")
    text = re.sub(r"^\s+", "", COMMENTS.sub("", text), flags=re.MULTILINE)
    return re.sub(r" ?([{};:,]) ", r"\1", text) if source.endswith(".css") else text
