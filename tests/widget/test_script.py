"""The script that articles carry: small, the same for everybody, and true to the API."""

import gzip
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

LARGEST = 8000
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def asked(browser: FlaskClient, query: str = "", **headers: str) -> TestResponse:
    return browser.get(
        f"/widget.js{query}", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def options(script: str) -> dict[str, Any]:
    """The options inside the script, back in the shape of `/api/options`."""
    line = next(line for line in script.splitlines() if line.startswith("const options = "))
    found: dict[str, Any] = json.loads(line.removeprefix("const options = ").removesuffix(";"))
    codes = [code for code, _, _ in found["frequencies"]]
    return {
        "locale": found["locale"],
        "direction": found["direction"],
        "newsroom": found["newsroom"],
        "default": {"frequency": found["frequency"], "currency": found["currency"]},
        "frequencies": [
            {"code": code, "label": label, "sentence": sentence}
            for code, label, sentence in found["frequencies"]
        ],
        "currencies": [
            _currency(dict(zip(found["fields"], row, strict=True)), codes) for row in found["currencies"]
        ],
        "features": found["features"],
    }


def _currency(row: dict[str, Any], codes: list[str]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": row["name"],
        "unit": 10 ** row["places"],
        "decimals": row["decimals"],
        "step": row["step"],
        "minimum": row["minimum"],
        "maximum": row["maximum"],
        "presets": {
            code: [{"amount": amount, "text": text} for amount, text in zip(amounts, texts, strict=True)]
            for code, amounts, texts in zip(codes, row["presets"], row["texts"], strict=True)
        },
        "default": {
            code: amounts[chosen]
            for code, amounts, chosen in zip(codes, row["presets"], row["chosen"], strict=True)
        },
    }


@pytest.mark.parametrize("locale", ["en", "en-GB", "en-IN", "de", "de-CH"])
def test_it_stays_within_its_budget(browser: FlaskClient, locale: str) -> None:
    """Script, style, markup, texts and the options of eighteen currencies together."""
    assert len(asked(browser, f"?locale={locale}", **GZIP).data) <= LARGEST


@pytest.mark.parametrize("query", ["", "?locale=en-GB", "?locale=de", "?locale=de-CH", "?locale=xx"])
def test_it_carries_what_the_api_says(browser: FlaskClient, query: str) -> None:
    said = browser.get(f"/api/options{query}").get_json()
    for currency in said["currencies"]:
        # The widget writes the limits itself, with the figures and signs of the presets.
        del currency["minimum_text"], currency["maximum_text"]
    assert options(asked(browser, query).text) == said


def test_the_locale_is_the_address_alone(browser: FlaskClient) -> None:
    """A cache that does not know of languages must still answer rightly."""
    plain = asked(browser).data
    assert asked(browser, Accept_Language="de").data == plain
    assert asked(browser, "?locale=fr").data == plain, "not spoken here: the newsroom's first"
    assert asked(browser, "?locale=%00%22").data == plain
    assert asked(browser, "?locale=de-AT").data != plain


def test_every_cache_may_keep_it(browser: FlaskClient) -> None:
    answer = asked(browser)
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in answer.headers
    assert len(answer.get_data()) == int(answer.headers["Content-Length"])


def test_packed_and_plain_are_the_same_script(browser: FlaskClient) -> None:
    packed, plain = asked(browser, **GZIP), asked(browser)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert asked(browser, Accept_Encoding="gzip;q=0").data == plain.data


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_is_known_is_not_sent_again(browser: FlaskClient, encoding: str) -> None:
    first = asked(browser, Accept_Encoding=encoding)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = asked(browser, Accept_Encoding=encoding, If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    other = "identity" if encoding == "gzip" else "gzip"
    assert asked(browser, Accept_Encoding=other, If_None_Match=tag).status_code == 200


def test_head_is_answered(browser: FlaskClient) -> None:
    answer = browser.head("/widget.js")
    assert (answer.status_code, answer.data) == (200, b"")


def test_it_names_no_third_party_and_keeps_nothing(browser: FlaskClient) -> None:
    script = asked(browser).text
    for word in ("cookie", "localStorage", "sessionStorage", "indexedDB", "innerHTML", "eval(", "import("):
        assert word not in script
    addresses = {word for word in script.replace('"', " ").split() if "://" in word}
    assert addresses == {"https://give.lantern.example/"}
