"""The newsroom's pages: a front page and its stories, under a policy as strict as a careful site's."""

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, render_template


@dataclass(frozen=True)
class Story:
    """One story; its text is the template of the same name."""

    slug: str
    kicker: str
    title: str
    standfirst: str
    author: str
    minutes: int


STORIES = (
    Story(
        "eleven-minutes-of-dry-land",
        "The long read",
        "Eleven minutes of dry land",
        "When the power fails in Low Haldra, that is how long the quarter has before the water finds"
        " the cellars. For six winters the city paid for a backup that was never there.",
        "Marta Velling",
        6,
    ),
    Story(
        "line-nine",
        "Transport",
        "Line 9 comes back, one signature at a time",
        "A retired driver, a school choir and 2,316 names on paper have done what three consultations"
        " could not.",
        "Tomas Irving Sool",
        2,
    ),
    Story(
        "the-archive-in-the-bread-shop",
        "Culture",
        "The archive in the bread shop",
        "For forty years Ilse Brandt kept every photograph that was left on her counter. Now the town"
        " is coming in to name the faces.",
        "Noor Aldane",
        2,
    ),
)
BY_SLUG = {story.slug: story for story in STORIES}


def create_app(sustainer: str) -> Flask:
    app = Flask(__name__, root_path=str(Path(__file__).parent))
    app.jinja_env.globals["sustainer"] = sustainer
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.get("/")
    def front() -> str:
        return render_template("front.html", lead=STORIES[0], others=STORIES[1:])

    @app.get("/stories/<slug>")
    def story(slug: str) -> str:
        if slug not in BY_SLUG:
            abort(404)
        found, others = BY_SLUG[slug], [other for other in STORIES if other.slug != slug]
        return render_template(f"stories/{slug}.html", story=found, others=others)

    @app.get("/healthz")
    def healthz() -> tuple[str, int]:
        return "", 204

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy(sustainer)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return response

    return app


def policy(sustainer: str) -> str:
    """All that a site has to allow for the widget: one script, and the calls that it makes."""
    return (
        f"default-src 'none'; script-src {sustainer}; connect-src {sustainer}; style-src 'self';"
        " img-src 'self'; form-action 'none'; base-uri 'none'"
    )
