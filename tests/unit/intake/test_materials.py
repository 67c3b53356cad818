"""What may be handed in, in which form and size, and what is still missing."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.intake.domain import materials, media
from services.intake.domain.assessment import assess
from services.intake.domain.refusals import (
    Fault,
    Invalid,
    NotHandedInHere,
    NotThere,
    PathNotOpen,
    Refused,
    TooLarge,
    TooMany,
    WrongMediaType,
    WrongState,
)
from services.intake.domain.states import State
from tests.unit.intake.builders import application, claim, definition, handed, later, with_requirements

OPEN = application(state=State.OPEN)
WEAVING = definition()
RATED = assess(OPEN, {"warp": 3, "weft": 3, "loom": 3}, WEAVING)


def requirement(key: str) -> materials.Requirement:
    return materials.find(WEAVING, key)


def test_a_requirement_that_may_be_handed_in_for() -> None:
    assert materials.to_hand_in(OPEN, WEAVING, "essay") == requirement("essay")
    assert materials.to_hand_in(replace(OPEN, path="spoken"), WEAVING, "talk") == requirement("talk")


LETTER = with_requirements(
    {"key": "letter", "kind": "letter", "name": "Letter"}, {"key": "dance", "kind": "dance", "name": "Dance"}
)


@pytest.mark.parametrize(
    ("before", "wanted", "key", "refusal", "words"),
    [
        (application(), WEAVING, "essay", WrongState, "this application is started"),
        (application(state=State.SUBMITTED), WEAVING, "essay", WrongState, "this application is submitted"),
        (OPEN, WEAVING, "poem", NotThere, "no requirement 'poem'"),
        (OPEN, WEAVING, "readiness", NotHandedInHere, "/self-assessment"),
        (OPEN, WEAVING, "after", NotHandedInHere, "after the submission"),
        (OPEN, WEAVING, "talk", PathNotOpen, "choose a path first"),
        (replace(OPEN, path="shown"), WEAVING, "talk", PathNotOpen, "chose 'shown'"),
        (OPEN, LETTER, "letter", NotHandedInHere, "asking for letters is not offered yet"),
        (OPEN, LETTER, "dance", NotHandedInHere, "kind 'dance'"),
    ],
)
def test_what_may_not_be_handed_in(before, wanted, key: str, refusal: type[Refused], words: str) -> None:
    with pytest.raises(refusal, match=words):
        materials.to_hand_in(before, wanted, key)


def test_words_are_counted_and_limited() -> None:
    assert materials.check_text(requirement("essay"), " one two\nthree ") == 3
    assert materials.check_text(requirement("essay"), "one two three four five") == 5
    for text, said in (
        ("one two", "at least 3 words; this has 2"),
        ("1 2 3 4 5 6", "at most 5 words; this has 6"),
        (" \n", "write at least one word"),
    ):
        with pytest.raises(Invalid) as refused:
            materials.check_text(requirement("essay"), text)
        assert refused.value.faults == (Fault("text", said),)


def test_minutes_are_limited() -> None:
    materials.check_link(requirement("talk"), 15)
    materials.check_link(requirement("talk"), 20)
    for minutes, said in (
        (14.9, "at least 15 minutes; this has 14.9"),
        (14.9999999, "at least 15 minutes; this has 14.9999999"),
        (20.5, "at most 20 minutes; this has 20.5"),
        (20.0000001, "at most 20 minutes; this has 20.0000001"),
        (20.000000000000004, "at most 20 minutes; this has 20.000000000000004"),
        (21.0, "at most 20 minutes; this has 21"),
        (99999.0, "at most 20 minutes; this has 99999"),
        (1e-7, "at least 15 minutes; this has 1e-07"),
    ):
        with pytest.raises(Invalid) as refused:
            materials.check_link(requirement("talk"), minutes)
        assert refused.value.faults == (Fault("minutes", said),)


def test_each_kind_has_its_forms() -> None:
    with pytest.raises(Invalid) as refused:
        materials.check_text(requirement("talk"), "words")
    assert refused.value.faults == (Fault("text", "Talk takes JSON {url, minutes} or multipart file"),)
    with pytest.raises(Invalid) as refused:
        materials.check_link(requirement("cv"), 16)
    assert refused.value.faults == (Fault("url", "CV takes multipart file"),)
    with pytest.raises(Invalid) as refused:
        materials.max_bytes(requirement("essay"))
    assert refused.value.faults == (Fault("file", "Essay takes JSON {text}"),)


def test_the_size_of_a_file() -> None:
    assert materials.max_bytes(requirement("cv")) == 1000
    assert materials.max_bytes(requirement("talk")) == materials.DEFAULT_MAX_BYTES
    refusal = materials.too_large(requirement("cv"))
    assert isinstance(refusal, TooLarge)
    assert refusal.faults == (Fault("file", "at most 1000 bytes"),)


def test_the_kind_of_a_file() -> None:
    materials.check_file(requirement("cv"), "application/pdf", 1, "cv.pdf")
    with pytest.raises(WrongMediaType) as refused:
        materials.check_file(requirement("cv"), "image/png", 1, "picture")
    assert refused.value.detail == "CV takes a PDF document; by its content this is a picture (PNG)."
    assert refused.value.faults == (Fault("file", "must be a PDF document"),)
    with pytest.raises(WrongMediaType) as refused:
        materials.check_file(requirement("cv"), "text/html", 1, "cv.pdf")
    assert refused.value.detail == (
        "By its name the file is a PDF document; by its content it is a web page (HTML). Choose"
        " the right file, or save it anew as what it "
        "should be; another name does not change what it is."
    )
    assert [fault.field for fault in refused.value.faults] == ["file"]
    with pytest.raises(WrongMediaType, match=r"If it is the right file, give its name the ending \.pdf\."):
        materials.check_file(requirement("cv"), "application/pdf", 1, "cv.jpg")
    for size, found in ((0, "application/pdf"), (2, media.EMPTY)):
        with pytest.raises(Invalid, match="empty"):
            materials.check_file(requirement("cv"), found, size, "cv.pdf")


def test_a_file_that_nearly_fits_is_refused_with_its_remedy() -> None:
    for found, filename, remedy in (
        (media.OLD_TEXT, "cv.txt", "save it with the encoding UTF-8"),
        (media.OLD_TEXT, None, "save it with the encoding UTF-8"),
        (media.WIDE_TEXT, "cv.txt", "save it with the encoding UTF-8"),
        (media.UNMARKED_TEXT, "cv.txt", "save it with the encoding UTF-8"),
        (media.LOCKED, "cv.docx", "save it without"),
        (media.ZIP, "cv.docx", "this is a ZIP archive, or a document of Word, Excel or the like."),
        (media.OLD_OFFICE, "cv.doc", "this is an older document of Office (.doc, .xls, .ppt)."),
        ("application/vnd.ms-word.document.macroEnabled.12", "cv.docm", "without macros"),
        ("application/vnd.ms-word.document.macroEnabled.12", "cv.docx", "without macros"),
        ("application/vnd.oasis.opendocument.text; macros=yes", "cv.odt", "without macros"),
    ):
        with pytest.raises(WrongMediaType) as refused:
            materials.check_file(requirement("cv"), found, 1, filename)
        assert remedy in refused.value.detail, (found, refused.value.detail)


def test_annotations_and_items_belong_to_artifacts() -> None:
    works = requirement("works")
    materials.check_annotation(works, "two words", ["warp", "loom"], WEAVING)
    materials.check_annotation(requirement("cv"), None, [], WEAVING)
    for wanted, annotation, items, field in (
        (works, "two words", ["yarn"], "items"),
        (works, None, ["warp"], "annotation"),
        (works, "one two three four five", [], "annotation"),
        (requirement("cv"), "two words", [], "annotation"),
        (requirement("cv"), None, ["warp"], "items"),
    ):
        with pytest.raises(Invalid) as refused:
            materials.check_annotation(wanted, annotation, items, WEAVING)
        assert [fault.field for fault in refused.value.faults] == [field]


def test_an_annotation_is_optional_where_no_words_are_demanded() -> None:
    works = with_requirements(
        {"key": "works", "kind": "artifacts", "name": "Works", "limits": {"max_words": 2}}
    ).requirements[0]
    materials.check_annotation(works, None, [], WEAVING)


def test_how_many_artifacts() -> None:
    materials.check_count(requirement("works"), 2)
    with pytest.raises(TooMany, match="at most 3"):
        materials.check_count(requirement("works"), 3)


CV = handed("cv", "file")
ESSAY = handed("essay", "essay")
READINESS = handed("readiness", "self_assessment")
TALK = handed("talk", "video")


def work(number: int) -> materials.Handed:
    return handed("works", "artifacts", artifact_id=UUID(int=number), handed_in_at=later(number))


def test_everything_that_is_missing_is_named() -> None:
    assert materials.missing(OPEN, WEAVING, ()) == (
        Fault("path", "choose one of spoken, shown"),
        Fault("readiness", "rate warp, weft, loom"),
        Fault("cv", "hand in CV"),
        Fault("essay", "hand in Essay"),
    )
    assert materials.missing(replace(RATED, path="spoken"), WEAVING, [READINESS]) == (
        Fault("cv", "hand in CV"),
        Fault("talk", "hand in Talk"),
        Fault("essay", "hand in Essay"),
    )


def test_nothing_is_missing_on_either_path() -> None:
    assert materials.missing(replace(RATED, path="spoken"), WEAVING, [READINESS, CV, ESSAY, TALK]) == ()
    assert materials.missing(replace(RATED, path="shown"), WEAVING, [READINESS, CV, ESSAY, work(1), work(2)]) == ()


def test_too_few_artifacts() -> None:
    assert materials.missing(replace(RATED, path="shown"), WEAVING, [READINESS, CV, ESSAY, work(1)]) == (
        Fault("works", "hand in at least 2 (1 so far)"),
    )


def test_what_was_begun_must_be_finished_though_it_is_optional() -> None:
    optional = with_requirements(
        {"key": "works", "kind": "artifacts", "name": "Works", "required": False, "limits": {"min_count": 2}},
        paths=None,
    )
    assert materials.missing(OPEN, optional, []) == ()
    assert materials.missing(OPEN, optional, [work(1)]) == (Fault("works", "hand in at least 2 (1 so far)"),)


def test_a_credential_that_requires_a_letter_says_why_it_cannot_be_submitted() -> None:
    asks = with_requirements({"key": "letter", "kind": "letter", "name": "Letter"}, paths=None)
    (fault,) = materials.missing(OPEN, asks, [])
    assert fault.field == "letter"
    assert "asking for letters is not offered yet" in fault.message


def test_the_materials_of_another_path_stay_and_do_not_count() -> None:
    given = [work(2), work(1), TALK, ESSAY, CV, READINESS]
    assert materials.counting(replace(RATED, path="shown"), WEAVING, given) == (READINESS, CV, work(1), work(2), ESSAY)
    assert materials.counting(replace(RATED, path="spoken"), WEAVING, given) == (READINESS, CV, TALK, ESSAY)


def test_a_material_is_said_by_its_claims() -> None:
    annotated = replace(work(1), annotation=claim("note"), items=("warp",), words=2)
    said = materials.as_said(annotated)
    assert (said.requirement, said.kind, said.content, said.artifact_id, said.annotation, said.items) == (
        "works",
        "artifacts",
        claim("works"),
        UUID(int=1),
        claim("note"),
        ("warp",),
    )
