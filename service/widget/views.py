"""`GET /widget.js`: the same bytes for everyone who reads in a locale, so that every cache may keep them."""

from functools import lru_cache

from flask import Blueprint, Response, request

from service.donations.locales import with_territory
from service.donations.views import options_for
from service.parts import parts
from service.settings import Settings
from service.widget.script import Script, assemble

# As many locales as one language has in CLDR, and a few languages more.
LOCALES_KEPT = 256
CONTENT_TYPE = "text/javascript; charset=utf-8"

blueprint = Blueprint("widget", __name__)


@blueprint.get("/widget.js")
def widget() -> Response:
    """The script, with the options of one locale inside: no second request, no cookie, nothing stored."""
    settings = parts().settings
    script = _script(settings, with_territory(request.args.get("locale"), settings.locales))
    packed = request.accept_encodings["gzip"] > 0
    answer = Response(script.packed if packed else script.plain, content_type=CONTENT_TYPE)
    if packed:
        answer.content_encoding = "gzip"
    # Two representations, two tags: a strong one stands for exact bytes.
    answer.set_etag(f"{script.etag}-gzip" if packed else script.etag)
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.vary.add("Accept-Encoding")
    answer.make_conditional(request)
    return answer


@lru_cache(LOCALES_KEPT)
def _script(settings: Settings, locale: str) -> Script:
    return assemble(options_for(locale, None), settings.public_url)
