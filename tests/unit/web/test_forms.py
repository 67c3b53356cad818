"""Typed values become the body of the API. Nothing typed is lost, and each fault names its field."""

from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import Field

from chassis.http.bodies import Body
from chassis.texts import AS_WHOLE, Line, LineOrNothing, Number, Yes, YesOrNo
from contracts.refusals import Invalid
from web.forms import Form, Wrong, fill, typed


class Accepted(Body):
    accepted: YesOrNo
    version: Line


class Everything(Body):
    name: Line
    institution: LineOrNothing = ""
    capacity: Annotated[int, Field(strict=True, ge=0, le=9), AS_WHOLE] = 3
    minutes: Number | None = None
    credentials: tuple[Line, ...] = ()
    ratings: dict[str, Annotated[int, Field(strict=True, ge=1, le=5), AS_WHOLE]] = Field(default_factory=dict)
    agreement: Accepted | None = None


class Placed(Body):
    path: Line


class Agreed(Body):
    accepted: Yes


def test_texts_become_what_the_fields_are() -> None:
    body = fill(
        Everything,
        {
            "name": ["Robin"],
            "capacity": ["7"],
            "minutes": ["19,5"],
            "credentials": ["a", "", "b"],
            "ratings.one": ["4"],
            "ratings.two": [""],
            "agreement.accepted": ["true"],
            "agreement.version": ["1"],
            "do": ["save"],
        },
    )
    assert body == Everything(
        name="Robin",
        capacity=7,
        minutes=19.5,
        credentials=("a", "b"),
        ratings={"one": 4},
        agreement=Accepted(accepted=True, version="1"),
    )


def test_empty_fields_are_left_out_and_required_ones_are_told() -> None:
    assert fill(Everything, {"name": ["Robin"], "capacity": [""], "minutes": [""]}) == Everything(name="Robin")
    with pytest.raises(Invalid) as refused:
        fill(Everything, {"name": [""]})
    assert [(fault.field, str(fault.text)) for fault in refused.value.faults] == [("name", "must not be empty")]


@pytest.mark.parametrize(
    ("what", "faults"),
    [
        ({"name": ["R"], "capacity": ["many"]}, [("capacity", "must be a whole number")]),
        ({"name": ["R"], "capacity": ["99"]}, [("capacity", "must be at most 9")]),
        ({"name": ["R"], "ratings.one": ["6"]}, [("ratings.one", "must be at most 5")]),
        ({"name.first": ["x"]}, [("name", "must be text")]),
        ({"name": ["R"], "agreement": ["yes"]}, [("agreement", "must be an object: names with their values")]),
        ({"name": ["R"], "ratings": ["5"]}, [("ratings", "must be an object: names with their values")]),
        ({"name": ["R"], "ratings.a.b": ["5"]}, [("ratings.a", "must be a whole number")]),
        ({}, [("name", "is required; add it")]),
    ],
)
def test_what_does_not_fit_is_told_with_its_field(what: dict[str, list[str]], faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        fill(Everything, what)
    assert [(fault.field, str(fault.text)) for fault in refused.value.faults] == faults


def test_a_field_that_is_called_as_a_part_of_a_request_is_told_too() -> None:
    for typed_in, said in (({}, "is required; add it"), ({"path": [""]}, "must not be empty")):
        with pytest.raises(Invalid) as refused:
            fill(Placed, typed_in)
        assert [(fault.field, str(fault.text)) for fault in refused.value.faults] == [("path", said)]


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\ud800", "x" * 201, "\u202eb"])
def test_no_name_of_a_field_breaks_a_line(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        fill(Everything, {"name": [text]})
    assert [fault.field for fault in refused.value.faults] == ["name"]


def test_a_box_that_is_ticked_is_yes() -> None:
    assert fill(Agreed, {"accepted": ["on"]}) == Agreed(accepted=True)
    with pytest.raises(Invalid):
        fill(Agreed, {"accepted": ["false"]})


def test_a_form_shows_what_was_typed_and_what_is_wrong() -> None:
    form = Form({"name": ["a", "b"]}, (Wrong("name", "is too long"), Wrong("ratings.x y", "is missing")))
    assert (form.value("name"), form.values("name"), form.value("other")) == ("a", ["a", "b"], "")
    assert form.of("name") == [Wrong("name", "is too long")]
    assert form.id("ratings.x y") == "field-ratings-x-y"


def test_a_form_shows_what_is_kept() -> None:
    kept = {"name": "Robin", "agreement": {"accepted": True}, "items": ["a", 1], "nothing": None}
    assert Form.of_values(kept).typed == {"name": ["Robin"], "agreement.accepted": ["true"], "items": ["a", "1"]}


async def test_lines_end_as_they_were_typed_and_files_are_left_alone() -> None:
    api = FastAPI()

    @api.post("/")
    async def take(request: Request) -> dict[str, list[str]]:
        return {name: list(values) for name, values in (await typed(request)).items()}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://test") as client:
        answer = await client.post("/", data={"text": "a\r\nb", "items": ["x", "y"]})
    assert answer.json() == {"text": ["a\nb"], "items": ["x", "y"]}
