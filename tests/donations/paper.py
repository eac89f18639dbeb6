"""Reads a served page as a browser without JavaScript does: its forms, what is filled in, its sentences."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Page(HTMLParser):
    """`fields` is what a press of the main button would send."""

    source: str
    fields: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._select = ""
        self._error = 0
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and (given.get("type") != "radio" or "checked" in given):
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = given["value"]
        elif tag == "a":
            self.links.append(given["href"])
        self._error = 1 if "error" in given.get("class", "").split() else 0

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._error and data.strip():
            self.errors.append(data.strip())
            self._error = 0
