"""What is wrong with a field, in words: pydantic's findings, translated for people."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.refusals import Text

Context = Mapping[str, Any]

_SOURCES = ("body", "query", "path", "header", "cookie")
"""What FastAPI puts before a field's name."""


def field_of(fault: Mapping[str, Any]) -> str:
    """The field's name, nested ones with dots; `body` for the body itself. Text from the client in it is made
    harmless."""
    if fault["type"] == "json_invalid":
        return "body"
    place = [str(part) for part in fault["loc"]]
    if place and place[0] in _SOURCES:
        del place[0]
    if place and place[-1] == "[key]":  # the name of the field is at fault, not its value
        del place[-1]
    return ".".join(place).encode("utf-8", "backslashreplace").decode() or "body"


def words(fault: Mapping[str, Any]) -> Text:
    """What is wrong, and how to mend it."""
    say = _WORDS.get(fault["type"])
    return Text("%(words)s", words=harmless(str(fault["msg"]))) if say is None else say(fault.get("ctx") or {})


def harmless(text: str) -> str:
    """Text from a client, without the characters that cannot be sent."""
    return text.encode("utf-8", "backslashreplace").decode()


def _said(context: Context) -> Text:
    """The words of one of our validators. It raises ValueError with a Text, or with a str, which is not translated."""
    [said] = context["error"].args or [""]
    return said if isinstance(said, Text) else Text("%(words)s", words=harmless(str(said)))


def _short(context: Context) -> Text:
    least = context["min_length"]
    if least == 1:
        return Text("must not be empty")
    return Text("must have at least %(least)s characters", least=least)


def _long(context: Context) -> Text:
    return Text("must have at most %(most)s characters", most=context["max_length"])


def _few(context: Context) -> Text:
    least, length = context["min_length"], context["actual_length"]
    if least == 1:
        return Text("choose at least one")
    return Text("must have at least %(least)s entries; this has %(length)s", least=least, length=length)


_WHOLE = Text("must be a whole number")
_OBJECT = Text("must be an object: names with their values")
_UUID = Text("must be a UUID, such as 0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10")
_ADDRESS = Text("must be an address, such as https://example.org/film")

_WORDS: Mapping[str, Callable[[Context], Text]] = {
    "missing": lambda _: Text("is required; add it"),
    "extra_forbidden": lambda _: Text("is not known here; remove it"),
    "value_error": _said,
    "assertion_error": _said,
    "unstorable": lambda context: context["what"],
    "json_invalid": lambda context: Text("is not JSON: %(error)s", error=harmless(str(context["error"]))),
    "string_type": lambda _: Text("must be text"),
    "string_unicode": lambda _: Text("has half of a surrogate pair (U+D800 to U+DFFF) in it; take it out"),
    "string_too_short": _short,
    "string_too_long": _long,
    "too_short": _few,
    "too_long": lambda context: Text(
        "must have at most %(most)s entries; this has %(length)s",
        most=context["max_length"],
        length=context["actual_length"],
    ),
    "int_type": lambda _: Text("must be a whole number, without quotes"),
    "int_from_float": lambda _: _WHOLE,
    "int_parsing": lambda _: _WHOLE,
    "float_type": lambda _: Text("must be a number, without quotes"),
    "float_parsing": lambda _: Text("must be a number"),
    "bool_type": lambda _: Text("must be true or false, without quotes"),
    "greater_than": lambda context: Text("must be more than %(bound)s", bound=context["gt"]),
    "greater_than_equal": lambda context: Text("must be at least %(bound)s", bound=context["ge"]),
    "less_than": lambda context: Text("must be less than %(bound)s", bound=context["lt"]),
    "less_than_equal": lambda context: Text("must be at most %(bound)s", bound=context["le"]),
    "literal_error": lambda context: Text("must be one of %(values)s", values=context["expected"]),
    "enum": lambda context: Text("must be one of %(values)s", values=context["expected"]),
    "uuid_type": lambda _: _UUID,
    "uuid_parsing": lambda _: _UUID,
    "url_type": lambda _: _ADDRESS,
    "url_parsing": lambda _: _ADDRESS,
    "url_scheme": lambda _: Text("must be an address that begins with https:// or http://"),
    "list_type": lambda _: Text("must be a list"),
    "dict_type": lambda _: _OBJECT,
    "model_type": lambda _: _OBJECT,
    "model_attributes_type": lambda _: _OBJECT,
}
