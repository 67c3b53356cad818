"""What is wrong with a field, in words: pydantic's findings as people are told of them."""

from collections.abc import Callable, Mapping
from typing import Any

Context = Mapping[str, Any]

_SOURCES = ("body", "query", "path", "header", "cookie")
"""What FastAPI puts before a field's name."""


def field_of(fault: Mapping[str, Any]) -> str:
    """The field's name, nested ones with dots; `body` for the body itself. Text of the client in it is made
    harmless."""
    if fault["type"] == "json_invalid":
        return "body"
    place = [str(part) for part in fault["loc"]]
    if place and place[0] in _SOURCES:
        del place[0]
    if place and place[-1] == "[key]":  # the name in an object is at fault, not its value
        del place[-1]
    return ".".join(place).encode("utf-8", "backslashreplace").decode() or "body"


def words(fault: Mapping[str, Any]) -> str:
    """What is wrong and what would help."""
    say = _WORDS.get(fault["type"])
    text = str(fault["msg"]) if say is None else say(fault.get("ctx") or {})
    return text.encode("utf-8", "backslashreplace").decode()


def _said(context: Context) -> str:
    return str(context["error"])


def _short(context: Context) -> str:
    return (
        "must not be empty" if context["min_length"] == 1 else f"must have at least {context['min_length']} characters"
    )


_WORDS: Mapping[str, Callable[[Context], str]] = {
    "missing": lambda _: "is required; add it",
    "extra_forbidden": lambda _: "is not known here; remove it",
    "value_error": _said,
    "assertion_error": _said,
    "json_invalid": lambda context: f"is not JSON: {context['error']}",
    "string_type": lambda _: "must be text",
    "string_unicode": lambda _: "has half of a surrogate pair (U+D800 to U+DFFF) in it; take it out",
    "string_too_short": _short,
    "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
    "too_short": lambda context: (
        f"must have at least {context['min_length']} entries; this has {context['actual_length']}"
    ),
    "too_long": lambda context: (
        f"must have at most {context['max_length']} entries; this has {context['actual_length']}"
    ),
    "int_type": lambda _: "must be a whole number, without quotes",
    "int_from_float": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "float_type": lambda _: "must be a number, without quotes",
    "bool_type": lambda _: "must be true or false, without quotes",
    "greater_than": lambda context: f"must be more than {context['gt']}",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than": lambda context: f"must be less than {context['lt']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "literal_error": lambda context: f"must be one of {context['expected']}",
    "enum": lambda context: f"must be one of {context['expected']}",
    "uuid_type": lambda _: "must be a UUID, such as 0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10",
    "uuid_parsing": lambda _: "must be a UUID, such as 0198c7a2-4c43-7bb0-a3a5-3c5b2a1f9d10",
    "url_type": lambda _: "must be an address, such as https://example.org/film",
    "url_parsing": lambda _: "must be an address, such as https://example.org/film",
    "url_scheme": lambda _: "must be an address that begins with https:// or http://",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be an object: names with their values",
    "model_type": lambda _: "must be an object: names with their values",
    "model_attributes_type": lambda _: "must be an object: names with their values",
}
