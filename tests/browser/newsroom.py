"""The sandbox's newsroom, with one page more: a widget as a test wants it, under the same strict policy."""

from urllib.parse import urlencode

from flask import Flask, request

from sandbox.newsroom import site

SCRATCH = """<!doctype html>
<html lang="en" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{scheme}">
{policy}
<title>Scratch</title>
{scripts}
</head>
<body>{widgets}<p id="below">What follows in the article.</p></body>
</html>
"""
# As strict as a page can be: no string may become markup.
TRUSTED_TYPES = '<meta http-equiv="Content-Security-Policy" content="require-trusted-types-for \'script\'">'


def create_app(sustainer: str) -> Flask:
    app = site.create_app(sustainer)

    @app.get("/scratch")
    def scratch() -> str:
        script = f'<script src="{sustainer}/widget.js?locale={request.args["locale"]}"></script>'
        return SCRATCH.format(
            direction=request.args["direction"],
            scheme=request.args["scheme"],
            policy=TRUSTED_TYPES,
            scripts=script * int(request.args["scripts"]),
            widgets=request.args["widgets"],
        )

    return app


def scratch_address(
    newsroom: str,
    widgets: str,
    *,
    locale: str = "en",
    direction: str = "ltr",
    scheme: str = "light dark",
    scripts: str = "1",
    query: str = "",
) -> str:
    asked = {
        "widgets": widgets,
        "locale": locale,
        "direction": direction,
        "scheme": scheme,
        "scripts": scripts,
    }
    return f"{newsroom}/scratch?{urlencode(asked)}{query}"
