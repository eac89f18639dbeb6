"""Lists as Stripe gives them: newest first, in pages, narrowed by filters."""

from collections.abc import Sequence
from typing import Any

from sandbox.stripe import params
from sandbox.stripe.errors import Json, invalid, no_such
from sandbox.stripe.routes import Call, noun, route
from sandbox.stripe.world import World

COMPARISONS = {"exactly": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def page_size(value: Any, where: str) -> int:
    limit = params.integer(value, where)
    if limit < 1:
        raise invalid("This value must be greater than or equal to 1.", where, "parameter_invalid_integer")
    if limit > 100:
        raise invalid(
            f"This value must be less than or equal to 100 (it currently is {limit}).",
            where,
            "parameter_invalid_integer",
        )
    return limit


PAGES: dict[str, params.Reader | params.Needed] = {
    "limit": page_size,
    "starting_after": params.text(),
    "ending_before": params.text(),
    "created": params.span,
}


def list_route(path: str, kind: str, /, filters: dict[str, str] | None = None, **more: params.Reader) -> None:
    """A list of one kind; each filter names the place in the document that must equal it."""
    places = filters or {}

    def answer(call: Call) -> Json:
        tests = [equal(places[name], call.params[name]) for name in places if name in call.params]
        return listed(call, kind, tests)

    answer.__doc__ = f"List every {kind}."
    fields = {name: params.text() for name in places} | PAGES | more
    route("GET", path, **fields)(answer)


def equal(place: str, value: Any) -> tuple[str, tuple[Any, ...]]:
    if isinstance(value, bool):
        value = int(value)
    return f"json_extract(body, '{place}') = ?", (value,)


def listed(call: Call, kind: str, tests: Sequence[tuple[str, tuple[Any, ...]]] = (), url: str = "") -> Json:
    """One page; `tests` are SQL conditions with their values."""
    given = call.params
    limit = given.get("limit") or 10
    conditions: list[str] = [f"kind = '{kind}'"]
    values: list[Any] = []
    for how, moment in (given.get("created") or {}).items():
        conditions.append(f"created {COMPARISONS[how]} ?")
        values.append(moment)
    for condition, needed in tests:
        conditions.append(condition)
        values.extend(needed)
    backwards = bool(given.get("ending_before"))
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if given.get(name):
            conditions.append(f"(created, seq) {sign} (?, ?)")
            values.extend(place_of(call.world, kind, given[name], name))
    # Kinds and places are written in this package; everything from outside is bound.
    rows = call.world.store.rows(
        f"SELECT id FROM objects WHERE {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY {'created, seq' if backwards else 'created DESC, seq DESC'} LIMIT ?",
        (*values, limit + 1),
    )
    ids = [row[0] for row in rows[:limit]]
    if backwards:
        ids.reverse()
    data = [call.world.store.get(object_id) for object_id in ids]
    return whole(data, url or address(kind), has_more=len(rows) > limit)


def place_of(world: World, kind: str, object_id: str, param: str) -> tuple[int, int]:
    rows = world.store.rows("SELECT created, seq FROM objects WHERE id = ? AND kind = ?", (object_id, kind))
    if not rows:
        raise no_such(noun(kind), object_id, param, 400)
    return int(rows[0][0]), int(rows[0][1])


def pages_of(call: Call, items: list[Json], url: str) -> Json:
    """One page of a short list that an object carries with it."""
    limit = call.params.get("limit") or 10
    ids = [item["id"] for item in items]
    start = 0
    if after := call.params.get("starting_after"):
        if after not in ids:
            raise no_such("item", after, "starting_after", 400)
        start = ids.index(after) + 1
    return whole(items[start : start + limit], url, has_more=len(items) > start + limit)


def whole(data: Sequence[Json | None], url: str, has_more: bool = False) -> Json:
    return {"object": "list", "data": list(data), "has_more": has_more, "url": url}


def address(kind: str) -> str:
    """Where the kind is listed: `checkout.session` under /v1/checkout/sessions."""
    return f"/v1/{kind.replace('.', '/')}s"


def index(world: World, kind: str, *places: str) -> None:
    """Make looking up a kind by a place in its document quick."""
    for place in places:
        name = f"{kind}{place}".replace(".", "_").replace("$", "")
        world.store.execute(
            f"CREATE INDEX IF NOT EXISTS \"{name}\" ON objects (json_extract(body, '{place}'), created, seq)"
            f" WHERE kind = '{kind}'"
        )


def matching(world: World, kind: str, place: str, value: Any) -> list[Json]:
    """Every object of the kind that has the value in that place, oldest first."""
    equals = f"kind = '{kind}' AND json_extract(body, '{place}') = ?"
    rows = world.store.rows(f"SELECT id FROM objects WHERE {equals} ORDER BY created, seq", (value,))  # noqa: S608
    return [found for row in rows if (found := world.store.get(row[0])) is not None]
