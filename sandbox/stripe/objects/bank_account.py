"""A bank account as a payment method, and the mandate to debit it."""

import hashlib

from sandbox.stripe import debits, events
from sandbox.stripe.debits import BankAccount
from sandbox.stripe.errors import Json, invalid
from sandbox.stripe.objects import payment_card
from sandbox.stripe.routes import Call, route
from sandbox.stripe.world import World


def new_bank_method(world: World, account: BankAccount, billing: Json, **more: Json | str) -> Json:
    """A method of payment by debit, attached to nobody yet; a mandate comes with its first payment."""
    looks = sepa_looks(account) if account.kind == "sepa_debit" else ach_looks(account)
    document = payment_card.method_document(world, account.kind, looks, billing, **more)
    return world.store.add(document, hidden={"account": account.number, "outcome": account.outcome})


def sepa_looks(account: BankAccount) -> Json:
    return {
        "bank_code": account.number[4:9],
        "branch_code": None,
        "country": account.country,
        "fingerprint": fingerprint(account),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": account.last4,
    }


def ach_looks(account: BankAccount) -> Json:
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": fingerprint(account),
        "last4": account.last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": debits.ROUTING_NUMBER,
        "status_details": {},
    }


def fingerprint(account: BankAccount) -> str:
    return hashlib.sha256(account.number.encode()).hexdigest()[:16]


def account_given(kind: str, given: Json) -> BankAccount:
    """The account of `sepa_debit[iban]` or `us_bank_account[account_number]`."""
    name = "iban" if kind == "sepa_debit" else "account_number"
    account = debits.account(kind, given.get(name) or "")
    if account is None:
        code = "invalid_bank_account_iban" if kind == "sepa_debit" else "account_number_invalid"
        words = (
            "The IBAN you provided is invalid." if kind == "sepa_debit" else "Must be a valid account number."
        )
        raise invalid(words, f"{kind}[{name}]", code)
    return account


def account_of(world: World, method: Json) -> BankAccount:
    account = debits.account(method["type"], world.store.hidden(method["id"])["account"])
    assert account is not None, "only accounts that can be become payment methods"
    return account


def mandate_of(world: World, method: Json) -> Json:
    """The donor's word that the account may be debited: given once, used for every payment."""
    known = world.store.get(world.store.hidden(method["id"]).get("mandate") or "")
    if known is not None:
        return known
    mandate_id = world.store.new_id("mandate")
    kind = method["type"]
    sepa = {"reference": mandate_id[8:24].upper(), "url": f"{world.settings.base_url}/mandates/{mandate_id}"}
    mandate = world.store.add(
        {
            "id": mandate_id,
            "object": "mandate",
            "customer_acceptance": {
                "accepted_at": world.now(),
                "online": {"ip_address": "127.0.0.1", "user_agent": "Sandbox"},
                "type": "online",
            },
            "livemode": False,
            "multi_use": {},
            "payment_method": method["id"],
            "payment_method_details": {kind: sepa if kind == "sepa_debit" else {}, "type": kind},
            "status": "active",
            "type": "multi_use",
        },
        created=world.now(),
    )
    world.store.hide(method["id"], mandate=mandate_id)
    return mandate


def withdraw_mandate(world: World, method_id: str) -> None:
    """The donor's bank says that the donor never agreed."""
    mandate = world.store.get(world.store.hidden(method_id).get("mandate") or "")
    if mandate is not None:
        events.change(world, mandate, "mandate.updated", status="inactive")


@route("GET", "/v1/mandates/<id>")
def retrieve_mandate(call: Call) -> Json:
    return call.find("mandate")
