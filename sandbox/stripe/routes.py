"""The list of addresses under /v1 and what each of them is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.stripe import params
from sandbox.stripe.errors import Json, no_such
from sandbox.stripe.world import World


@dataclass(frozen=True)
class Call:
    """One request, read and checked."""

    world: World
    params: Json
    path: dict[str, str] = field(default_factory=dict)
    version: str | None = None

    @property
    def id(self) -> str:
        return self.path["id"]

    def find(self, kind: str) -> Json:
        """The object that the address names."""
        return named(self.world, kind, self.id, "id", 404)

    def given(self, name: str, kind: str) -> Json:
        """The object that a parameter names."""
        return named(self.world, kind, self.params[name], name, 400)


Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    fields: params.Fields
    handler: Handler


ROUTES: list[Route] = []


def route(method: str, path: str, /, **fields: params.Reader | params.Needed) -> Callable[[Handler], Handler]:
    """Answer a method and path of Stripe's; parameters not named here are refused."""

    def enter(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, {**fields, "expand": params.expand}, handler))
        return handler

    return enter


def named(world: World, kind: str, object_id: Any, param: str, status: int) -> Json:
    document = world.store.get(str(object_id))
    if document is None or document["object"] != kind:
        raise no_such(noun(kind), str(object_id), param, status)
    return document


def noun(kind: str) -> str:
    """What Stripe calls the kind in a refusal."""
    words = {"payment_method": "PaymentMethod", "webhook_endpoint": "webhook endpoint"}
    return words.get(kind, kind.replace(".", " "))
