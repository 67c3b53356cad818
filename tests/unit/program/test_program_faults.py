"""Every fault of a program is reported with file, line, column and remedy."""

from pathlib import Path

import pytest

from tests.unit.program.sailing import edited, faults, folder

SPOILT: dict[str, tuple[str, str, list[str]]] = {
    "unknown key": (
        "summary: To sail.",
        "sumary: To sail.\nsummary: To sail.",
        ["5:1: sumary: is not a known key; did you mean 'summary'?"],
    ),
    "unknown key deep": (
        "name: Weather}",
        "name: Weather, nmae: x}",
        ["13:39: groups.0.items.1.nmae: is not a known key; did you mean 'name'?"],
    ),
    "unknown limit": (
        "min_words: 10",
        "least_words: 10",
        ["21:14: requirements.2.limits.least_words: is not a known key; did you mean 'max_words'?"],
    ),
    "missing": (
        "  - {key: rating, kind: self_assessment, ",
        "  - {key: rating, ",
        ["15:5: requirements.0.kind: is missing; add `kind: ...`"],
    ),
    "text, not a number": ("name: Sailing", "name: 7", ["3:1: name: is not text but 7; write it in quotes"]),
    "no: a word that YAML reads as false": (
        "name: Sailing",
        "name: no",
        ["3:1: name: is not text but False; write it in quotes"],
    ),
    "number, not a text": (
        "max_words: 20",
        'max_words: "20"',
        ["21:29: requirements.2.limits.max_words: is not a whole number but '20'; write a whole number without quotes"],
    ),
    "number, not a truth": (
        "max_words: 20",
        "max_words: true",
        ["21:29: requirements.2.limits.max_words: is not a whole number but True; write a whole number without quotes"],
    ),
    "truth": (
        "passing: false",
        "passing: 0",
        ["34:31: rubric.levels.0.passing: is neither true nor false but 0; write true or false"],
    ),
    "list": (
        '["Which knots?"]',
        '"Which knots?"',
        ["12:35: groups.0.items.0.questions: is not a list; write a list: lines that begin with `-`, or [a, b]"],
    ),
    "mapping": (
        "limits: {min_words: 10, max_words: 20}",
        "limits: 20",
        ["21:5: requirements.2.limits: is not a mapping; write keys with values under it"],
    ),
    "key form": (
        "key: knots",
        "key: Big Knots",
        [
            "12:10: groups.0.items.0.key: 'Big Knots' does not have the right form; "
            "begin with a small letter; then small letters, digits, - and _ only"
        ],
    ),
    "currency": (
        "state: open",
        "state: open\nfee: {amount_minor: 1, currency: USD}",
        ["5:24: fee.currency: 'USD' does not have the right form; write three small letters"],
    ),
    "bound": (
        "state: open",
        "state: open\nfee: {amount_minor: -1}",
        ["5:7: fee.amount_minor: input should be greater than or equal to 0; correct it; it is -1"],
    ),
    "date": (
        "kind: reading,",
        "kind: reading, approved_on: soon,",
        [
            "37:32: resources.0.approved_on: input should be a valid date in the format YYYY-MM-DD,"
            " input is too short; correct it; it is 'soon'"
        ],
    ),
    "state": (
        "state: open",
        "state: opne",
        ["4:1: state: 'opne' is not known; did you mean 'open'?"],
    ),
    "group kind": (
        "kind: competency",
        "kind: skill",
        ["9:5: groups.0.kind: 'skill' is not known; use one of: competency, disposition, critical_commitment, area"],
    ),
    "requirement kind": (
        "kind: essay",
        "kind: easy",
        ["18:5: requirements.2.kind: 'easy' is not known; did you mean 'essay'?"],
    ),
    "due": (
        "    name: Essay\n",
        "    name: Essay\n    due: later\n",
        ["20:5: requirements.2.due: 'later' is not known; use one of: before_submission, after_submission"],
    ),
    "resource kind": (
        "kind: reading",
        "kind: film",
        ["37:17: resources.0.kind: 'film' is not known; use one of: training, reading, hub"],
    ),
    "item twice": (
        "key: weather",
        "key: knots",
        [
            "13:10: groups.0.items.1.key: another item has the key 'knots'; give it a key of its own",
            "37:116: resources.0.items.1: there is no item 'weather'; use one of: knots",
        ],
    ),
    "requirement twice": (
        "key: proof",
        "key: rating",
        ["22:6: requirements.3.key: another requirement has the key 'rating'; give it a key of its own"],
    ),
    "answer twice": (
        "{key: new, name: I am new}",
        "{key: old, name: I am new}",
        ["27:8: paths.answers.1.key: another answer has the key 'old'; give it a key of its own"],
    ),
    "level twice": (
        "key: afloat",
        "key: lost",
        ["35:8: rubric.levels.1.key: another level has the key 'lost'; give it a key of its own"],
    ),
    "two self-assessments": (
        "kind: artifacts",
        "kind: self_assessment",
        [
            "22:18: requirements.3.kind: there is a self-assessment already; keep one of the two",
            "22:63: requirements.3.limits.min_count: means nothing for a requirement"
            " of kind self_assessment; take it out",
            "22:77: requirements.3.limits.max_count: means nothing for a requirement"
            " of kind self_assessment; take it out",
            "22:91: requirements.3.limits.media_types: means nothing for a requirement"
            " of kind self_assessment; take it out",
        ],
    ),
    "no such path": (
        ", path: film,",
        ", path: movie,",
        [
            "16:42: requirements.1.path: there is no path 'movie'; use one of: film, essay",
            "29:8: paths.options.0.key: no requirement is on the path 'film'; give one `path: film`",
        ],
    ),
    "limit of another kind": (
        "min_minutes: 5, ",
        "max_words: 5, ",
        [
            "16:63: requirements.1.limits.max_words: means nothing for a requirement of kind video; "
            "use min_minutes, max_minutes, media_types, max_bytes, or take it out"
        ],
    ),
    "limits in disorder": (
        "min_words: 10",
        "min_words: 30",
        ["21:14: requirements.2.limits.min_words: 30 is more than max_words, which is 20; make it at most that"],
    ),
    "limit too small": (
        "max_count: 3",
        "max_count: 0",
        [
            "22:57: requirements.3.limits.min_count: 1 is more than max_count, which is 0; make it at most that",
            "22:71: requirements.3.limits.max_count: 0 is too small; write a positive whole number",
        ],
    ),
    "no type": (
        "[application/pdf]",
        "[]",
        [
            "22:85: requirements.3.limits.media_types: the list is empty; name at"
            " least one type, such as application/pdf"
        ],
    ),
    "media type": (
        "[application/pdf]",
        "[PDF]",
        [
            "22:99: requirements.3.limits.media_types.0: 'PDF' is not a media type; write"
            " type/subtype in small letters, such as application/pdf"
        ],
    ),
    "answers without a question": (
        "  question: Are you new?\n",
        "",
        ["23:1: paths: a question and its answers belong together; give both `question` and `answers`, or neither"],
    ),
    "no such answer": (
        "answers: [old]",
        "answers: [elder]",
        ["30:43: paths.options.1.answers.0: there is no answer 'elder'; use one of: new, old"],
    ),
    "an answer that allows nothing": (
        "name: Film}\n    -",
        "name: Film, answers: [old]}\n    -",
        ["26:8: paths.answers.0.key: the answer 'new' allows no path; name it in an option's `answers`"],
    ),
    "levels in disorder": (
        "name: Afloat, passing: true",
        "name: Afloat, passing: false",
        ["33:3: rubric.levels: a credential that is open needs a level that passes; add a level with `passing: true`"],
    ),
    "nothing fails": (
        "name: Lost, passing: false",
        "name: Lost, passing: true",
        [
            "33:3: rubric.levels: a credential that is open needs a level that does not"
            " pass; add a level with `passing: false`"
        ],
    ),
    "best level first": (
        "    - {key: lost",
        "    - {key: calm, name: Calm, passing: true}\n    - {key: lost",
        ["35:31: rubric.levels.1.passing: a better level fails where a worse one passes; list the levels worst first"],
    ),
    "no such item": (
        "items: [knots, weather]",
        "items: [knots, wether]",
        ["37:116: resources.0.items.1: there is no item 'wether'; did you mean 'weather'?"],
    ),
    "no address": (
        '"https://example.org/book"',
        "example.org/book",
        ["37:68: resources.0.url: is not a web address; begin it with https://"],
    ),
    "no summary": ("summary: To sail.\n", "", ["1:1: summary: a credential that is open needs it; add `summary: ...`"]),
    "no criteria": (
        "criteria: The panel saw it.",
        "criteria: ' '",
        ["6:1: criteria: a credential that is open needs it; add `criteria: ...`"],
    ),
    "no agreement": (
        "state: open",
        "state: open\nagreement: {version: '2', text: ''}",
        [
            "5:27: agreement.text: a credential that is open needs the text of this agreement; write"
            " the text, or leave the agreement to policy.yaml"
        ],
    ),
    "no review agreement": (
        "state: open",
        "state: open\nreview: {agreement: {version: '2', text: ''}}",
        [
            "5:36: review.agreement.text: a credential that is open needs the text of this agreement; "
            "write the text, or leave the agreement to policy.yaml"
        ],
    ),
    "slug and folder": (
        "slug: sailing",
        "slug: rowing",
        ["1:1: slug: 'rowing' stands in the folder 'sailing'; make slug and folder the same"],
    ),
    "version and file": (
        "version: 1\n",
        "version: 2\n",
        ["2:1: version: 2 stands in v1.yaml; make version and file name the same"],
    ),
    "key twice": ("state: open", "state: open\nstate: paused", ["5:1: state: stands here twice; keep one of the two"]),
    "alias": (
        "[knots, weather]",
        "[&k knots, *k]",
        ["37:109: resources.0.items.1: is used again by an alias; write it out in both places"],
    ),
    "no syntax": (
        "version: 1\n",
        "version: [1\n",
        ["3:5: is not YAML (expected ',' or ']', but got ':'); correct the syntax there"],
    ),
    "unknown tag": (
        "name: Sailing",
        "name: !boat Sailing",
        ["3:7: is not YAML (could not determine a constructor for the tag '!boat'); correct the syntax there"],
    ),
    "a day that does not exist": (
        "kind: reading,",
        "kind: reading, approved_on: 2026-02-30,",
        [
            "37:32: resources.0.approved_on: input should be a valid date in the format"
            " YYYY-MM-DD, day value is outside expected range; "
            "correct it; it is '2026-02-30'"
        ],
    ),
}

SPOILT |= {
    "a control character": (
        "name: Sailing",
        "name: Sail\x07ing",
        [
            "1:1: is not YAML (unacceptable character #x0007: special characters are"
            " not allowed); remove what is not text"
        ],
    ),
    "a tag that does not fit": (
        "name: Sailing",
        "name: !!int Sailing",
        [
            "1:1: holds a tagged value that does not exist (invalid literal for int()"
            " with base 10: 'Sailing'); take the tag out"
        ],
    ),
    "a key that is no word": (
        "name: Sailing",
        "name: Sailing\n[a, b]: c",
        ["4:1: a key is not text; write a plain word before the colon"],
    ),
    "questions of what is no letter": (
        "    path: essay\n",
        "    path: essay\n    questions: [Why]\n",
        [
            "21:5: requirements.2.questions: means nothing for a requirement of kind essay;"
            " give the questions to the items, or take them out"
        ],
    ),
    "an applicant who reads what is no letter": (
        "    path: essay\n",
        "    path: essay\n    applicant_reads: true\n",
        [
            "21:5: requirements.2.applicant_reads: means nothing for a requirement of kind essay; take it out",
        ],
    ),
    "reminders out of order": (
        "state: open",
        "state: open\nletters: {reminder_days: [14, 7]}",
        ["5:11: letters.reminder_days: are not in order; write each day once, the first one first"],
    ),
    "a reminder after the link": (
        "state: open",
        "state: open\nletters: {link_days: 14}",
        [
            "5:1: letters.reminder_days: a reminder comes after the link has expired,"
            " after 14 days; remind earlier, or make `link_days` more"
        ],
    ),
    "a review that is no mapping": (
        "state: open",
        "state: open\nreview: 2",
        ["5:1: review: is not a mapping; write keys with values under it"],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), SPOILT.values(), ids=SPOILT)
def test_a_fault_is_told_with_its_place_and_remedy(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    spoilt = folder(tmp_path, sailing_v1=edited(old, new))
    assert faults(spoilt) == [f"credentials/sailing/v1.yaml:{fault}" for fault in expected]
