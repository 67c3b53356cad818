"""Materials: form, size, and what is still missing."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.refusals import Fault, Invalid, NotThere, Refused, TooLarge, WrongMediaType, WrongState
from services.intake.domain import materials, media
from services.intake.domain.states import State
from tests.unit.intake.builders import application, definition, handed, later, with_requirements

OPEN = application(state=State.OPEN)
WEAVING = definition()


def requirement(key: str) -> materials.Requirement:
    return materials.find(WEAVING, key)


def test_a_requirement_that_may_be_handed_in_for() -> None:
    assert materials.to_hand_in(OPEN, WEAVING, "essay") == requirement("essay")
    assert materials.to_hand_in(replace(OPEN, path="spoken"), WEAVING, "talk") == requirement("talk")


LETTER = with_requirements(
    {"key": "letter", "kind": "letter", "name": "Letter"}, {"key": "dance", "kind": "dance", "name": "Dance"}
)


@pytest.mark.parametrize(
    ("before", "wanted", "key", "type", "words"),
    [
        (application(), WEAVING, "essay", "wrong_state", "this application is started"),
        (application(state=State.SUBMITTED), WEAVING, "essay", "wrong_state", "this application is submitted"),
        (OPEN, WEAVING, "poem", "not_found", "no requirement 'poem'"),
        (OPEN, WEAVING, "readiness", "not_handed_in_here", "/self-assessment"),
        (OPEN, WEAVING, "after", "not_handed_in_here", "after the submission"),
        (OPEN, WEAVING, "talk", "path_not_open", "choose a path first"),
        (replace(OPEN, path="shown"), WEAVING, "talk", "path_not_open", "chose 'shown'"),
        (OPEN, LETTER, "letter", "not_handed_in_here", "ask for it by POST"),
        (OPEN, LETTER, "dance", "not_handed_in_here", "kind 'dance'"),
    ],
)
def test_what_may_not_be_handed_in(before, wanted, key: str, type: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        materials.to_hand_in(before, wanted, key)
    assert refused.value.type == type


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
    assert refusal.faults == (Fault("file", "at most 1 kB"),)


def test_the_kind_of_a_file() -> None:
    materials.check_file(requirement("cv"), "application/pdf", 1, "cv.pdf")
    with pytest.raises(WrongMediaType) as refused:
        materials.check_file(requirement("cv"), "image/png", 1, "picture")
    assert refused.value.text == "CV takes a PDF document; by its content this is a picture (PNG)."
    assert refused.value.faults == (Fault("file", "must be a PDF document"),)
    with pytest.raises(WrongMediaType) as refused:
        materials.check_file(requirement("cv"), "text/html", 1, "cv.pdf")
    assert refused.value.text == (
        "By its name the file is a PDF document; by its content it is a web page (HTML). Choose the right file,"
        " or save it again in the right format. Another name does not change the format."
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
        assert remedy in str(refused.value), (found, refused.value)


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


def work(number: int) -> materials.Handed:
    return handed("works", "artifacts", artifact_id=UUID(int=number), handed_in_at=later(number))


ESSAY = handed("essay", "essay")


def test_how_many_artifacts() -> None:
    materials.check_count(requirement("works"), [work(1), ESSAY, work(2)])
    with pytest.raises(WrongState, match="at most 3") as refused:
        materials.check_count(requirement("works"), [work(1), work(2), work(3)])
    assert refused.value.type == "too_many"
    materials.check_count(requirement("essay"), [ESSAY])


def test_what_goes_when_something_is_taken_back() -> None:
    given = [work(1), ESSAY, work(2)]
    assert materials.to_take_back(given, "works", None) == (work(1), work(2))
    assert materials.to_take_back(given, "works", UUID(int=2)) == (work(2),)
    for key, artifact_id in (("cv", None), ("works", UUID(int=3)), ("essay", UUID(int=1))):
        with pytest.raises(NotThere):
            materials.to_take_back(given, key, artifact_id)
