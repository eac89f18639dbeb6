"""The widget reads and writes amounts as the server does: the same table, run in the browser."""

import json
from typing import Any

from playwright.sync_api import Page

from service.donations.offers import offer, offers
from service.money import Money
from tests.browser.conftest import Site
from tests.donations.readings import READINGS

OF_CODE = "options.currencies.find((each) => each.code == code)"
LOCALES = ["en", "en-GB", "en-IN", "de", "de-CH", "fr", "fr-CA", "ar"]


def inside(page: Page, site: Site, locale: str, expression: str, values: Any) -> list[Any]:
    """Evaluate within the script as it is served, where its own functions can be seen."""
    script = page.request.get(f"{site.web}/widget.js?locale={locale}").text()
    assert script.rstrip().endswith("})();")
    within = (
        script.rstrip().removesuffix("})();")
        + f"window.found = {json.dumps(values)}.map({expression}); }})();"
    )
    page.goto("about:blank")
    page.evaluate(within)
    found: list[Any] = page.evaluate("found")
    return found


def test_reading(page: Page, site: Site) -> None:
    for locale in sorted({locale for _, _, locale, _ in READINGS}):
        rows = [(text, code, amount) for text, code, of, amount in READINGS if of == locale]
        read = inside(
            page,
            site,
            locale,
            f"([text, code]) => read(text, {OF_CODE}) || null",
            [[text, code] for text, code, _ in rows],
        )
        assert list(zip(rows, read, strict=True)) == [(row, row[2]) for row in rows]


def test_writing(page: Page, site: Site) -> None:
    """The sentence that says what will be paid names an own amount as the server would."""
    for locale in LOCALES:
        amounts = [
            (code, amount)
            for code in offers()
            for amount in (offer(code).minimum, offer(code).minimum + offer(code).step, offer(code).maximum)
        ]
        written = inside(
            page,
            site,
            locale,
            f"([code, amount]) => written(amount, {OF_CODE})",
            amounts,
        )
        babel = locale.replace("-", "_")
        expected = [Money(code, amount).written(babel, short=True) for code, amount in amounts]
        # Releases of CLDR differ in which apostrophe the Swiss group with.
        assert [each.replace("'", "’") for each in written] == [each.replace("'", "’") for each in expected]
