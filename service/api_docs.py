"""`/api/docs`: our own OpenAPI description as a page to read, without a script or a third party."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

METHODS = ("get", "post", "put", "patch", "delete")
Json = Mapping[str, Any]

blueprint = Blueprint("api_docs", __name__)


@dataclass(frozen=True)
class Field:
    """One parameter or one field of a body; a field inside a field has a dot in its name."""

    name: str
    kind: str
    required: bool
    note: str


@dataclass(frozen=True)
class Answer:
    """What comes back; several statuses where they bring the same."""

    statuses: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]


@blueprint.get("/api/docs")
def docs() -> ResponseReturnValue:
    """What the API can do, for whoever builds on it."""
    spec = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    return render_template("api_docs.html", title=spec["info"]["title"], groups=grouped(spec))


def grouped(spec: Json) -> dict[str, tuple[str, list[Operation]]]:
    """Operations under the tag that they belong to, in the order in which the API was put together."""
    groups: dict[str, tuple[str, list[Operation]]] = {
        tag["name"]: (tag.get("description", ""), []) for tag in spec.get("tags", [])
    }
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                tag = item[method].get("tags", ["other"])[0]
                groups.setdefault(tag, ("", []))[1].append(_operation(spec, method, path, item))
    return groups


def _operation(spec: Json, method: str, path: str, item: Json) -> Operation:
    described = item[method]
    parameters = [*item.get("parameters", []), *described.get("parameters", [])]
    return Operation(
        method=method.upper(),
        path=path,
        summary=described.get("summary", ""),
        parameters=tuple(
            _field(each["name"], _resolved(spec, each["schema"]), required=each.get("required", False))
            for each in parameters
        ),
        body=tuple(_fields(spec, _schema(described.get("requestBody", {})))),
        answers=tuple(_answers(spec, described["responses"])),
    )


def _answers(spec: Json, responses: Json) -> Iterator[Answer]:
    """What is not an error: errors have one shape in the whole API, and the page says it once."""
    alike: dict[tuple[Field, ...], list[tuple[str, str]]] = {}
    for status, answer in sorted(responses.items()):
        if status.startswith("2"):
            fields = tuple(_fields(spec, _schema(answer)))
            alike.setdefault(fields, []).append((status, answer.get("description", "")))
    for fields, statuses in alike.items():
        yield Answer(tuple(statuses), fields)


def _schema(carrier: Json) -> Json:
    """Of a body or an answer, whichever content type it has."""
    for content in carrier.get("content", {}).values():
        found: Json = content.get("schema", {})
        return found
    return {}


def _fields(spec: Json, schema: Json, prefix: str = "") -> Iterator[Field]:
    schema = _resolved(spec, schema)
    required = schema.get("required", [])
    for name, described in schema.get("properties", {}).items():
        inner = _resolved(spec, described)
        yield _field(prefix + name, inner, required=name in required)
        yield from _fields(spec, inner.get("items", inner), f"{prefix}{name}.")


def _resolved(spec: Json, schema: Json) -> Json:
    while "$ref" in schema:
        found: Any = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _field(name: str, schema: Json, *, required: bool) -> Field:
    kinds = schema.get("type", "")
    kind = " or ".join(each for each in kinds if each != "null") if isinstance(kinds, list) else str(kinds)
    notes = [
        schema.get("description", ""),
        " | ".join(str(value) for value in schema.get("enum", [])) if kind == "string" else "",
        f"at most {schema['maxLength']} characters" if "maxLength" in schema else "",
        f"matches {schema['pattern']}" if "pattern" in schema else "",
    ]
    return Field(name, schema.get("format", kind), required, "; ".join(filter(None, notes)))
