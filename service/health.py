"""Is the process alive, and can it do its work?"""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from service import migrate
from service.parts import parts

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """The database answers and has the tables this program was written for. Redis is not needed to serve."""
    try:
        revision = migrate.current(parts().engine)
    except SQLAlchemyError:
        return jsonify(status="unavailable", database="away"), 503
    if revision != migrate.newest():
        return jsonify(status="unavailable", database=f"at revision {revision or 'none'}"), 503
    return jsonify(status="ok", database=f"at revision {revision}")
