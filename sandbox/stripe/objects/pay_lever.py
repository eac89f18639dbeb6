"""Pay a session without a browser: the lever `POST /_sandbox/pay`."""

from dataclasses import replace

from sandbox.stripe import cards, debits, money
from sandbox.stripe.cards import Card
from sandbox.stripe.debits import BankAccount
from sandbox.stripe.errors import Json
from sandbox.stripe.levers import Amiss, lever, one_of, the
from sandbox.stripe.objects import authentication, checkout_step, completion, method_given
from sandbox.stripe.objects.authentication_answer import OUTCOMES
from sandbox.stripe.objects.checkout_payer import Payer
from sandbox.stripe.world import World


@lever(
    "pay", "session", "card", "method", "account", "outcome", "authenticate", "email", "name", "country",
    "presentment_currency",
)  # fmt: skip
def paid(world: World, given: Json) -> Json:
    """Complete a session as its page would."""
    means = wanted_account(given) or wanted_card(given)
    session = the(world, given, "session", "checkout.session")
    if session["status"] != "open":
        raise Amiss(f"the session is {session['status']}", 409)
    payer = payer_of(world, session, given, means.country)
    if isinstance(means, BankAccount) and means.kind not in session["payment_method_types"]:
        raise Amiss(f"{means.kind} is not offered for this session", 409)
    method = method_given.made_of(world, means, payer.billing())
    then = one_of(given, "authenticate", (*OUTCOMES, "later"), "succeeded")
    no = None
    if not checkout_step.needed(world, session, method, payer):
        no = completion.complete(world, session, method, payer)
    elif then != "later":
        no = checkout_step.done(world, session, then)
    tried = world.store.hidden(session["id"])["payment_intent"]
    return {
        "status": (no.decline_code or no.code) if no else session["payment_status"],
        "message": no.message if no else None,
        "session": session["id"],
        "session_status": session["status"],
        "payment_intent": session["payment_intent"] or tried,
        "subscription": session["subscription"],
        "invoice": session["invoice"],
        "customer": session["customer"],
        "redirect": next_page(world, session),
    }


def next_page(world: World, session: Json) -> str | None:
    """Where the donor's browser goes from here; nowhere when the form is shown again."""
    if session["status"] == "complete":
        return completion.destination(session)
    if checkout_step.waiting(world, session):
        return authentication.address(world, session["id"])
    return None


def payer_of(world: World, session: Json, given: Json, country: str) -> Payer:
    known = world.store.get(session["customer"]) if session["customer"] else None
    return Payer(
        email=given.get("email")
        or session["customer_email"]
        or (known and known["email"])
        or "donor@example.com",
        name=given.get("name") or "Test Donor",
        country=given.get("country") or country,
        presentment=presentment_of(given),
    )


def presentment_of(given: Json) -> str | None:
    wished = given.get("presentment_currency")
    if wished is not None and wished not in money.PER_DOLLAR:
        raise Amiss(f"presentment_currency is one of {', '.join(sorted(money.PER_DOLLAR))}")
    return wished


def wanted_account(given: Json) -> BankAccount | None:
    """The bank account to debit, and how that shall end; None when a card pays."""
    kind = str(given.get("method"))
    if kind not in debits.KINDS:
        return None
    outcome = str(given.get("outcome") or "succeeded")
    if outcome not in debits.OUTCOMES:
        raise Amiss(f"outcome is one of {', '.join(debits.OUTCOMES)}")
    usual = debits.USUAL[kind]
    number = str(given.get("account") or usual.get(outcome) or usual["succeeded"])
    account = debits.account(kind, number)
    if account is None:
        raise Amiss(f"no such account: {number}")
    if not given.get("outcome"):
        return account
    return replace(account, outcome="failed" if outcome == "insufficient_funds" else outcome)


def wanted_card(given: Json) -> Card:
    name = str(given.get("card") or given.get("method") or cards.VISA.number)
    if given.get("outcome"):
        number = cards.OUTCOMES.get(str(given["outcome"]))
        if number is None:
            raise Amiss(f"outcome is one of {', '.join(cards.OUTCOMES)}")
        name = number if number != cards.VISA.number else name
    card = cards.named(name) or cards.unknown(name)
    if card is None:
        raise Amiss(f"no such card: {name}")
    return card
