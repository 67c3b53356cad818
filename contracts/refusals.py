"""Refusals of commands, in one vocabulary for all services: kind, stable type, text, faults of fields.

A domain raises these. One place in the chassis turns them into problem+json or a page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol


class Text:
    """A text for people that can be translated: English words with named parts, `%(name)s`.

    The words are the key of the catalogs, so they stand literally where a text is made. `str()` of it is English.
    """

    def __init__(self, words: str, /, **parts: object) -> None:
        self.words = words
        self.parts: Mapping[str, object] = parts

    def in_words_of(self, translations: "Translations") -> str:
        """The text in the language of a catalog; English if the catalog lacks it."""
        return translations.gettext(self.words) % _translated(self.parts, translations)

    def __str__(self) -> str:
        return self.words % self.parts

    def __repr__(self) -> str:
        return f"Text({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, Text | str) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))


class Plural(Text):
    """A text with a number in it: the words for one, the words for several. The number is the part `number`."""

    def __init__(self, one: str, several: str, number: int, /, **parts: object) -> None:
        super().__init__(one if number == 1 else several, number=number, **parts)
        self.one, self.several, self.number = one, several, number

    def in_words_of(self, translations: "Translations") -> str:
        """The text in the language of a catalog; English if the catalog lacks it."""
        words = translations.ngettext(self.one, self.several, self.number)
        return words % _translated(self.parts, translations)


class Listed(Text):
    """Texts in a row, with commas between them. Each is translated by itself."""

    def __init__(self, texts: Iterable[Text | str]) -> None:
        parts = {f"text_{number}": text for number, text in enumerate(texts)}
        super().__init__(", ".join(f"%({name})s" for name in parts), **parts)

    def in_words_of(self, translations: "Translations") -> str:
        """The texts in the language of a catalog."""
        return self.words % _translated(self.parts, translations)


class Translations(Protocol):
    """The part of a catalog that texts use. `gettext.NullTranslations` has it."""

    def gettext(self, message: str, /) -> str:
        """The words for `message`."""

    def ngettext(self, msgid1: str, msgid2: str, n: int, /) -> str:
        """The words for this number."""


def _translated(parts: Mapping[str, object], translations: Translations) -> dict[str, object]:
    return {name: part.in_words_of(translations) if isinstance(part, Text) else part for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field or one requirement, and the remedy. Nested fields have names with dots, as in
    forms."""

    field: str
    text: Text


class Refused(Exception):
    """A command is not carried out, and nothing has changed. Raise one of the kinds below.

    `type`: the stable slug that clients see. `text`: which state or field is at fault, and what is possible now.
    `title`: what is refused, in a few words, if the usual title of the kind does not fit.
    """

    status: ClassVar[int]
    usual_type: ClassVar[str]

    def __init__(
        self,
        text: Text,
        *,
        type: str = "",
        title: Text | None = None,
        faults: Iterable[Fault] = (),
        retry_after_seconds: int | None = None,
        current: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(str(text))
        self.text = text
        self.title = title
        self.type = type or self.usual_type
        self.faults = tuple(faults)
        self.retry_after_seconds = retry_after_seconds
        self.current = current


class NotSignedIn(Refused):
    """Nobody is signed in, or the session is not valid (any more)."""

    status, usual_type = 401, "not_signed_in"


class NotYours(Refused):
    """The thing exists, and this person may not do this with it."""

    status, usual_type = 403, "forbidden"


class NotThere(Refused):
    """The thing does not exist, or this person may not know that it exists."""

    status, usual_type = 404, "not_found"


class WrongState(Refused):
    """The thing is in a state that does not allow it. `text` says which state, and what is possible now."""

    status, usual_type = 409, "wrong_state"


class ChangedMeanwhile(Refused):
    """The thing was changed since the person read it. `current` is its present state, as the API shows it."""

    status, usual_type = 412, "changed_meanwhile"


class TooLarge(Refused):
    """There are more bytes than accepted."""

    status, usual_type = 413, "too_large"


class WrongMediaType(Refused):
    """The kind of the content is not accepted here."""

    status, usual_type = 415, "wrong_type"


class Invalid(Refused):
    """Some fields do not fit. `faults` names each."""

    status, usual_type = 422, "invalid"

    def __init__(self, *faults: Fault, type: str = "", text: Text | None = None) -> None:
        whole = "; ".join(f"{fault.field}: {fault.text}" for fault in faults)
        super().__init__(text or Text("%(faults)s", faults=whole), type=type, faults=faults)


class TooOften(Refused):
    """It was done too often in a short time. It is possible again after this many seconds."""

    status, usual_type = 429, "too_often"

    def __init__(self, retry_after_seconds: int, *, type: str = "", text: Text | None = None) -> None:
        usual = Plural("Try again in a second.", "Try again in %(number)s seconds.", retry_after_seconds)
        super().__init__(text or usual, type=type, retry_after_seconds=retry_after_seconds)


class NotNow(Refused):
    """Something that it depends on is away. Nothing has changed, and it may work in a moment."""

    status, usual_type = 503, "unavailable"
