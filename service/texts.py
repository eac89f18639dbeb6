"""Texts in the reader's language: English stands where it is used, the others in `catalogues/<language>.po`.

`_ = Texts.of(locale)`, then `_("Thank you, {name}", name=…)`; in a template the same, with `_` and
`many` among its values (`Texts.for_template`). A text that is chosen now and said later is marked where
it stands: `later("Every month")`, and said by `_(…)` of the variable. Tests hold that every marked text
stands in every catalogue, with the same slots.
"""

from collections.abc import Mapping
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "en"


def later(text: str) -> str:
    """Marks a text for the translators; it is said when the language is known."""
    return text


class Texts:
    """What is said in one language; where a catalogue has no word for it, in English."""

    def __init__(self, language: str, translations: NullTranslations) -> None:
        self.language = language
        self._translations = translations

    @staticmethod
    def of(locale: str) -> "Texts":
        """The texts of a locale's language (`ru_UA` gives Russian); English for one that we do not speak."""
        return _of_language(Locale.parse(locale, sep="_").language)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        found: str = Locale.parse(self.language).text_direction
        return found

    def __call__(self, text: str, /, **slots: object) -> str:
        """The text, with its `{slots}` filled."""
        return self._translations.gettext(text).format_map(slots)

    def with_slots(self, text: str, /) -> str:
        """The text with its slots as they are, for whoever fills them elsewhere."""
        return self._translations.gettext(text)

    def many(self, one: str, more: str, count: int, /, **slots: object) -> str:
        """The form that goes with `count`, which fills `{count}`; languages have up to six."""
        return self._translations.ngettext(one, more, count).format_map({"count": count, **slots})

    def for_template(self) -> Mapping[str, Any]:
        """What a template needs to speak: `_`, `many`, `language` and `direction`."""
        return {"_": self, "many": self.many, "language": self.language, "direction": self.direction}


def languages() -> list[str]:
    """The languages that there are texts for, English first."""
    kept = (each.name for each in files("service.catalogues").iterdir())
    return [SOURCE, *sorted(name.removesuffix(".po") for name in kept if name.endswith(".po"))]


@lru_cache
def _of_language(language: str) -> Texts:
    if language == SOURCE or language not in languages():
        return Texts(SOURCE, NullTranslations())
    source = files("service.catalogues").joinpath(f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale=language))
    compiled.seek(0)
    return Texts(language, GNUTranslations(compiled))
