"""The web page: the newest messages, and each one as html, text, headers and raw."""

import re
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

from sandbox.mailbox import api
from sandbox.mailbox.faults import Faults
from sandbox.mailbox.letter import Letter
from sandbox.mailbox.store import Store

PAGE_SIZE = 50
REFRESH_SECONDS = 5
OWN_PAGES = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
# A stranger's html: it draws, it loads nothing, it runs nothing; its links open in a new tab.
LETTERS = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")


def create_app(store: Store, faults: Faults, *, host: str) -> Flask:
    app = Flask(__name__, root_path=str(Path(__file__).parent))
    if host in {"127.0.0.1", "localhost"}:
        # Letters carry sign-in links: no web page may reach them under a name of its own.
        app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]
    app.register_blueprint(pages(store))
    app.register_blueprint(api.blueprint(store, faults))
    app.jinja_env.filters["with_links"] = with_links
    app.before_request(refuse_other_sites)
    app.after_request(protect)
    return app


def pages(store: Store) -> Blueprint:
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/")
    def messages() -> str:
        to = request.args.get("to", "").strip() or None
        before = request.args.get("before", type=int)
        found = store.newest(to=to, limit=PAGE_SIZE + 1, before=before)
        return render_template(
            "messages.html",
            letters=[Letter(received) for received in found[:PAGE_SIZE]],
            older=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
            total=store.count(to=to),
            to=to,
            refresh=REFRESH_SECONDS if "follow" in request.args else None,
        )

    @blueprint.get("/messages/<int:number>")
    def message(number: int) -> str:
        letter = find(store, number)
        views = ["html"] if letter.html else []
        views += ["text"] if letter.text else []
        views += ["headers", "raw"]
        view = request.args.get("view", views[0])
        if view not in views:
            abort(404)
        return render_template("message.html", letter=letter, views=views, view=view)

    @blueprint.get("/messages/<int:number>/html")
    def html(number: int) -> Response:
        response = Response(open_links_outside(find(store, number).html or ""), mimetype="text/html")
        response.headers["Content-Security-Policy"] = LETTERS
        return response

    @blueprint.get("/messages/<int:number>/raw")
    def raw(number: int) -> Response:
        return Response(
            find(store, number).received.raw,
            mimetype="message/rfc822",
            headers={"Content-Disposition": f'attachment; filename="message-{number}.eml"'},
        )

    @blueprint.post("/clear")
    def clear() -> AnyResponse:
        store.clear()
        return redirect(url_for("pages.messages"), 303)

    return blueprint


def find(store: Store, number: int) -> Letter:
    received = store.find(number)
    if received is None:
        abort(404)
    return Letter(received)


def open_links_outside(html: str) -> str:
    """A link clicked in the frame opens beside the mailbox, as in any mail program."""
    base = '<base target="_blank">'
    opened, found = re.subn(r"(<head[^>]*>)", rf"\1{base}", html, count=1, flags=re.IGNORECASE)
    return opened if found else base + html


def with_links(text: str) -> Markup:
    """Plain text with its addresses made links."""
    pieces: list[str] = []
    end = 0
    for link in LINK.finditer(text):
        pieces.append(escape(text[end : link.start()]))
        pieces.append(Markup('<a href="{0}" target="_blank" rel="noreferrer">{0}</a>').format(link.group()))
        end = link.end()
    return Markup("").join([*pieces, escape(text[end:])])


def refuse_other_sites() -> None:
    """Only our own pages and programs change anything: a browser says where a request is from."""
    if request.method not in {"GET", "HEAD"}:
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site not in {"same-origin", "none"}:
            abort(403)


def protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", OWN_PAGES)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
