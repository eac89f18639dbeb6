"""Sustainer: the donation service for independent newsrooms."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from service.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """The web application. Imported late: a room of the service must not pull in the whole house."""
    from service import app

    return app.create_app(settings)
