"""Values in bodies: lines, texts, zones, numbers. A bad one is refused in words that name its place."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from chassis.faults import field_of, words
from chassis.http.bodies import Body
from chassis.texts import Email, Key, Line, LineOrNothing, Number, Text, TimeZone, Whole, YesOrNo
from contracts.refusals import Translations
from devstack.names import SERVICES


def said(kind: Any, value: object) -> str:
    """What the type refuses the value with; a value that it takes fails the test."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    (fault,) = refused.value.errors()
    return str(words(fault))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("علی\u200cرضا", "علی\u200cرضا"),  # the half-space of Persian
        ("क्\u200dष", "क्\u200dष"),
        ("Jean\u00a0Paul", "Jean\u00a0Paul"),
        ("山田\u3000太郎", "山田\u3000太郎"),
        ("\u3000 Ada \u00a0\u2028", "Ada"),
        ("Jose\u0301", "José"),
        ("O\u2019Brien \u200eשרה", "O\u2019Brien \u200eשרה"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        ("X \u00c6 A-12", "X \u00c6 A-12"),
        ("\u0627\u0644\u0623\u0645\u064a\u0631\u0629", "\u0627\u0644\u0623\u0645\u064a\u0631\u0629"),
    ],
)
def test_what_people_are_called(given: str, kept: str) -> None:
    assert TypeAdapter(Line).validate_python(given) == kept
    assert TypeAdapter(LineOrNothing).validate_python(given) == kept


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("A\nda", "has a line break (U+000A) as character 2"),
        ("  A\rda", "has a line break (U+000D) as character 4"),
        ("Ad\x0ba", "has a line break (U+000B) as character 3"),
        ("Ad\x0ca", "has a line break (U+000C) as character 3"),
        ("Ad\x1ea", "has a line break (U+001E) as character 3"),
        ("Ad\x85a", "has a line break (U+0085) as character 3"),
        ("Ad\u2028a", "has a line break (U+2028) as character 3"),
        ("Ad\u2029a", "has a line break (U+2029) as character 3"),
        ("A\tda", "has a tab (U+0009) as character 2"),
        ("A\x00da", "has a control character (U+0000) as character 2"),
        ("A\x07da", "has a control character (U+0007) as character 2"),
        ("A\x7fda", "has a control character (U+007F) as character 2"),
        ("A\x9bda", "has a control character (U+009B) as character 2"),
        ("A\u202eda", "has a character that turns the direction of the text (U+202E) as character 2"),
        ("\u2066Ada\u2069", "has a character that turns the direction of the text (U+2066) as character 1"),
        ("Ada\ud800", "has half of a surrogate pair (U+D800) as character 4"),
    ],
)
def test_what_is_no_single_line_is_refused_with_its_place(name: str, why: str) -> None:
    assert said(Line, name) == said(LineOrNothing, name) == f"{why}; it is one line of plain text, so take that out"


def test_a_line_has_something_to_see_and_an_end() -> None:
    for nothing in ("", "   ", "\u00a0\u3000"):
        assert said(Line, nothing) == "must not be empty"
        assert TypeAdapter(LineOrNothing).validate_python(nothing) == ""
    for unseen in ("\u200c", "\u200b\u200d", "\u3164", "\u2800", "\u115f", "\ufe0f", "\U000e0041"):
        assert (
            said(Line, unseen)
            == said(LineOrNothing, unseen)
            == "has nothing in it that can be seen; write at least one letter"
        )
    for box in (
        "\u0301",
        "\ue000",
        "\u0378",
    ):  # something is seen, be it the box of what the reader's fonts do not have
        assert TypeAdapter(Line).validate_python(box) == box
    assert len(TypeAdapter(Line).validate_python("é" * 200)) == 200
    assert said(Line, "é" * 201) == "must have at most 200 characters; this has 201"
    assert said(Line, "é" * 900_000) == "must have at most 200 characters; this has 900000"
    assert said(Key, "k" * 81) == "must have at most 80 characters; this has 81"
    assert said(Line, 5) == "must be text"


def test_an_address_is_kept_in_its_normal_form() -> None:
    assert TypeAdapter(Email).validate_python(" Ada@EXAMPLE.org\u3000") == "Ada@example.org"
    assert said(Email, "ada") == "is not an e-mail address: An email address must have an @-sign."
    assert said(Email, "\ud800@example.org").startswith("is not an e-mail address: ")


@pytest.mark.parametrize(
    "zone",
    [
        "../x",
        "/etc/localtime",
        "localtime",
        "Factory",
        "posixrules",
        "posix/UTC",
        "Mars/Base",
        "europe/berlin",
        "",
        "UTC\x00",
        "Europe/",
        ".",
    ],
)
def test_a_zone_is_a_name_of_ianas(zone: str) -> None:
    assert said(TimeZone, zone) == "is not a time zone; use an IANA name such as America/New_York"


def test_zones() -> None:
    for zone in ("UTC", "America/New_York", "Asia/Kolkata", "Etc/GMT+5"):
        assert TypeAdapter(TimeZone).validate_python(zone) == zone


def test_numbers_are_numbers() -> None:
    for value in (True, False, "1", "1.5", None, [1]):
        assert said(Number, value) == "must be a number, without quotes"
    for value in (True, "1", "1.0", 1.5, float("nan"), float("inf"), None):
        assert said(Whole, value).startswith("must be a whole number")
    for value in (1, 0, "true", "yes", None):
        assert said(YesOrNo, value) == "must be true or false, without quotes"
    assert (
        TypeAdapter(Number).validate_python(1),
        TypeAdapter(Whole).validate_python(7),
        TypeAdapter(YesOrNo).validate_python(True),
    ) == (
        1.0,
        7,
        True,
    )
    assert TypeAdapter(Whole).validate_python(7.0) == 7  # to JSON they are one number
    for value in (float("nan"), float("inf")):
        assert said(Number, value) == "Input should be a finite number"


class Inner(Body):
    text: Text = "x"
    more: dict[str, list[str]] = Field(default_factory=dict)


class Outer(Body):
    inner: Inner = Inner()
    texts: list[Inner] = Field(default_factory=list)


def faults(body: object) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        Outer.model_validate(body)
    return [(field_of(fault), str(words(fault))) for fault in refused.value.errors()]


def test_no_text_of_a_body_holds_what_no_database_takes_however_deep() -> None:
    nul = "has a control character (U+0000) as character 2; take it out"
    assert faults({"inner": {"text": "a\x00"}}) == [("inner.text", nul)]
    assert faults({"texts": [{"text": "ok"}, {"more": {"a": ["ok", "b\x00"]}}]}) == [("texts.1.more.a.1", nul)]
    assert faults({"inner": {"more": {"k\x00": []}}}) == [
        ("inner.more.k\x00", "has a control character (U+0000) as character 2 of its name; take it out")
    ]
    surrogate = "has half of a surrogate pair (U+D800 to U+DFFF) in it; take it out"
    assert faults({"inner": {"text": "\ud83d"}}) in (
        [("inner.text", surrogate)],
        [("inner.text", "has half of a surrogate pair (U+D83D) as character 1; take it out")],
    )
    for field, message in faults({"inner": {"\ud800": 1}}) + faults({"inner": {"more": {"\udfff": []}}}):
        assert "surrogate pair" in message
        field.encode()
    assert len(faults({"inner": {"more": {"a": ["\x00"] * 5000}}})) == 50
    assert Outer.model_validate({"inner": {"text": "\U0001f600 \\u0000"}}).inner.text == "\U0001f600 \\u0000"


def bodies() -> Iterator[type[Body]]:
    """Every body of every service."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    waiting = list(Body.__subclasses__())
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if found.__module__.startswith("services."):
            yield found


def loose(schema: object) -> Iterator[str]:
    """The numbers and booleans in pydantic's schema of a model that take texts and each other."""
    match schema:
        case dict():
            if schema.get("type") in ("int", "float", "bool") and not schema.get("strict"):
                yield str(schema["type"])
            for name, inner in schema.items():
                if name != "metadata":
                    yield from loose(inner)
        case list() | tuple():
            for inner in schema:
                yield from loose(inner)
        case _:
            pass


def test_all_numbers_and_booleans_of_all_bodies_are_strict() -> None:
    found = {body.__name__: list(loose(body.__pydantic_core_schema__)) for body in bodies()}
    assert len(found) > 15
    assert {name: kinds for name, kinds in found.items() if kinds} == {}

    class Loose(Body):
        number: int
        choice: list[bool]

    assert list(loose(Loose.__pydantic_core_schema__)) == ["int", "bool"]


class Spanish(Translations):
    """A catalog with one text in it."""

    def gettext(self, message: str) -> str:
        known = {"must have at most %(most)s characters; this has %(length)s": "%(length)s de %(most)s letras"}
        return known.get(message, message)


def test_what_is_wrong_with_a_field_can_be_said_in_another_language() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Line).validate_python("x" * 201)
    text = words(refused.value.errors()[0])
    assert text.in_words_of(Spanish()) == "201 de 200 letras"
    assert str(text) == "must have at most 200 characters; this has 201"
