"""The reference of `bench/webhooks`: a bare WSGI app that makes one durable insert for each request."""

import os
import threading
from collections.abc import Iterable
from typing import Any

import psycopg

INSERT = "INSERT INTO bare (id, body) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_connections = threading.local()


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    connection = getattr(_connections, "one", None)
    if connection is None:
        connection = _connections.one = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection.execute(INSERT, (environ["HTTP_STRIPE_SIGNATURE"], body))
    start_response("204 No Content", [])
    return []
