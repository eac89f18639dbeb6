"""Stationery: the templates of a room's letters, text and HTML, without a web request."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources import files

from jinja2 import BaseLoader, Environment, FunctionLoader, StrictUndefined

from service.mail.letters import Letter


@dataclass(frozen=True)
class Stationery:
    """The pairs `NAME.txt` and `NAME.html` in `templates/mail/` of a package.

    A name that a template knows and nobody gave is an error, never a hole in a letter.
    """

    package: str

    def letter(self, name: str, *, subject: str, language: str, values: Mapping[str, object]) -> Letter:
        """Both halves of a letter, and a digest of the two templates as its version."""
        source = self._source(f"{name}.txt"), self._source(f"{name}.html")
        return Letter(
            subject=subject,
            text=self._plain.get_template(f"{name}.txt").render(values, language=language),
            html=self._marked_up.get_template(f"{name}.html").render(values, language=language),
            language=language,
            version=sha256("\0".join(source).encode()).hexdigest()[:12],
        )

    @cached_property
    def _plain(self) -> Environment:
        return _environment(FunctionLoader(self._source), autoescape=False)

    @cached_property
    def _marked_up(self) -> Environment:
        return _environment(FunctionLoader(self._source), autoescape=True)

    def _source(self, name: str) -> str:
        return files(self.package).joinpath("templates", "mail", name).read_text(encoding="utf-8")


def _environment(loader: BaseLoader, *, autoescape: bool) -> Environment:
    return Environment(
        loader=loader,
        autoescape=autoescape,  # noqa: S701 - the text half of a letter is not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
