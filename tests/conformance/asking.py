"""The sandbox asked without any library, so that nothing comes between its answers and the checker."""

from typing import Any

import requests

KEY = {"Authorization": "Bearer sk_test_" + "0" * 24}


def opened(url: str, currency: str, interval: str | None, amount: int, **more: Any) -> str:
    form = {
        "mode": "subscription" if interval else "payment",
        "success_url": "https://example.org/?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://example.org/",
        "line_items[0][price_data][currency]": currency,
        "line_items[0][price_data][unit_amount]": amount,
        "line_items[0][price_data][product_data][name]": "Donation",
        "line_items[0][quantity]": 1,
        "consent_collection[terms_of_service]": "required",
        "after_expiration[recovery][enabled]": "true",
        "locale": "de",
        "custom_fields[0][key]": "why",
        "custom_fields[0][label][type]": "custom",
        "custom_fields[0][label][custom]": "Why?",
        "custom_fields[0][type]": "text",
        "custom_fields[0][optional]": "true",
        "metadata[checkout]": "1",
        **more,
    }
    if interval:
        form["line_items[0][price_data][recurring][interval]"] = interval
    session: str = post(url, "checkout/sessions", form)["id"]
    return session


def post(url: str, path: str, form: dict[str, Any]) -> Any:
    return requests.post(f"{url}/v1/{path}", form, headers=KEY, timeout=10).json()


def fetch(url: str, path: str) -> Any:
    answer = requests.get(f"{url}/v1/{path}", headers=KEY, timeout=10)
    assert answer.ok, answer.text
    return answer.json()


def everything(url: str, path: str) -> list[dict[str, Any]]:
    """The whole list, page by page."""
    joined = f"{path}{'&' if '?' in path else '?'}limit=100"
    page = fetch(url, joined)
    rows: list[dict[str, Any]] = page["data"]
    while page["has_more"]:
        page = fetch(url, f"{joined}&starting_after={rows[-1]['id']}")
        rows += page["data"]
    return rows
