"""Giving without JavaScript: the donate page, and the page that a donor comes back to.

A form from another site is taken like one of ours, with no token and no look at its origin. There is
no session that it could misuse: all it can do is open a payment page, which a link to `/donate` does
as well, and the visitor still decides there. In return a newsroom may carry the form on its own pages.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from service import clock
from service.database import DatabaseAway
from service.donations import checkouts
from service.donations.donate_form import DonateForm, Refused
from service.donations.drawing import draw
from service.donations.models import Checkout
from service.donations.opening import open_checkout
from service.donations.standing import PAUSES, standing
from service.donations.wishes import Wish
from service.parts import parts
from service.problems import Problem
from service.texts import Texts

blueprint = Blueprint("pages", __name__, template_folder="templates")


@blueprint.get("/donate")
def donate() -> ResponseReturnValue:
    """The form; the address may choose frequency, amount, currency and campaign beforehand."""
    return _form(DonateForm.asked(request.args, parts().settings))


@blueprint.post("/donate")
def begin() -> ResponseReturnValue:
    """To Stripe's page, or back to the form with what is wrong beside the field."""
    form = DonateForm.sent(request.form, parts().settings)
    if "change_currency" in request.form or form.pay_in != form.currency:
        return redirect(f"{url_for('.donate')}?{urlencode(form.address())}", 303)
    try:
        wish = form.wish()
    except Refused as refused:
        return _form(form, errors=refused.errors, status=422)
    try:
        checkout, _ = open_checkout(parts(), wish, g.request_id)
    except Problem as problem:
        return _not_opened(form, wish, problem)
    except (DatabaseAway, OperationalError, NoConnection):
        return _form(form, notice=_away(form.locale), status=503, retry_after=5)
    return Response(status=303, headers={"Location": checkout.session_url or ""})


def _not_opened(form: DonateForm, wish: Wish, problem: Problem) -> ResponseReturnValue:
    with parts().sessions.begin() as session:
        tried = session.scalars(select(Checkout).where(Checkout.attempt == wish.attempt)).one_or_none()
    if tried and tried.status in ("paid", "processing"):
        return _page("given.html", form.locale, checkout=tried, again=form.address()), 409
    # The button must work again; an attempt that has come to its end can open nothing more.
    spent = problem.status == 409 or (tried is not None and tried.status != "open")
    _ = Texts.of(form.locale)
    expired = _("The payment page of your last try has closed. Press Continue for a new one.")
    ours = {409: expired, 502: _away(form.locale), 503: _away(form.locale)}
    return _form(
        form.anew() if spent else form,
        notice=ours.get(problem.status, problem.detail),
        status=problem.status,
        retry_after=problem.retry_after,
    )


@blueprint.get("/thanks")
def thanks() -> ResponseReturnValue:
    """How the donor's checkout stands. It reads; nothing is fulfilled here."""
    settings = parts().settings
    checkout = _checkout(request.args.get("checkout", ""))
    if checkout is None:
        _ = Texts.of(settings.locales[0])
        raise Problem(
            404,
            _("We know no donation under this address. Perhaps a part of it was lost on the way."),
        )
    looks = min(max(request.args.get("looks", 0, type=int), 0), len(PAUSES))
    said = standing(checkout, settings, looks=looks, now=clock.now())
    answer = make_response(_page("thanks.html", checkout.locale, checkout=checkout, said=said))
    if said.pause:
        again = url_for(".thanks", checkout=checkout.id, looks=looks + 1)
        answer.headers["Refresh"] = f"{said.pause}; url={again}"
    return answer


def _checkout(checkout_id: str) -> Checkout | None:
    with parts().sessions.begin() as session:
        return checkouts.find(session, checkout_id)


def _away(locale: str) -> str:
    _ = Texts.of(locale)
    return _("The payment page cannot be opened just now. Nothing was taken; please press Continue again.")


def _form(
    form: DonateForm,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    notice: str | None = None,
    status: int = 200,
    retry_after: int | None = None,
) -> ResponseReturnValue:
    answer = make_response(
        _page(
            "donate.html",
            form.locale,
            form=form,
            drawn=draw(form, parts().settings),
            errors=errors or {},
            notice=notice,
        ),
        status,
    )
    if retry_after:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _page(template: str, locale: str, **values: Any) -> str:
    return render_template(template, **Texts.of(locale).for_template(), **values)
