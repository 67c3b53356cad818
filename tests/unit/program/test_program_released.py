"""Releases never change, and the command line says so. The program of this checkout has no faults."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import program
from contracts.catalog import CREDENTIAL_STATES, DUE, REQUIREMENT_KINDS
from program import lock, schema
from program.__main__ import main
from program.loader import load
from tests.unit.program.sailing import POLICY, SAILING, edited, faults, folder

HERE = Path(program.__file__).parent
RETIRED = "slug: rowing\nversion: 1\nname: Rowing\nstate: retired\n"


@pytest.fixture
def released(tmp_path: Path) -> Path:
    root = folder(tmp_path, sailing_v1=SAILING, rowing_v1=RETIRED)
    assert main(["release", str(root)]) == 0
    assert main(["schema", str(root)]) == 0
    return root


def test_only_what_is_open_is_pinned_and_a_second_time_nothing_changes(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (released / lock.FILE).read_text()
    assert list(lock.read(released)[0]) == ["sailing/v1"]
    capsys.readouterr()
    assert main(["release", str(released)]) == 0
    assert capsys.readouterr().out == "nothing new to pin\n"
    assert (released / lock.FILE).read_text() == before


UNJUDGED = {
    "name": ("name: Sailing", "name: Sailing at sea"),
    "state": ("state: open", "state: paused"),
    "summary": ("summary: To sail.", "summary: To sail well."),
    "fee": ("state: open", "state: open\nfee: {amount_minor: 1}"),
    "resources": ("title: A book", "title: Another book"),
    "review policy": ("state: open", "state: open\nreview: {reviewers: 3}"),
    "a default written out": ("{key: weather, name: Weather}", "{key: weather, name: Weather, questions: []}"),
    "a comment": ("state: open", "state: open # since yesterday"),
}


@pytest.mark.parametrize(("old", "new"), UNJUDGED.values(), ids=UNJUDGED)
def test_what_nobody_is_judged_by_may_change(released: Path, old: str, new: str) -> None:
    folder(released, sailing_v1=edited(old, new))
    assert [definition.slug for definition in load(released).credentials] == ["rowing", "sailing"]


JUDGED = {
    "criteria": ("criteria: The panel saw it.", "criteria: The panel heard it."),
    "eligibility": ("state: open", "state: open\neligibility: Swimmers."),
    "agreement": ("state: open", "state: open\nagreement: {version: '2', text: I agree more.}"),
    "an item": ("      - {key: weather, name: Weather}\n", ""),
    "a question": ('"Which knots?"', '"How many knots?"'),
    "a requirement": ("max_minutes: 9", "max_minutes: 10"),
    "a path": (", answers: [old]}", "}"),
    "the rubric": ("name: Afloat", "name: Floating"),
}


@pytest.mark.parametrize(("old", "new"), JUDGED.values(), ids=JUDGED)
def test_what_applicants_are_judged_by_may_not(released: Path, old: str, new: str) -> None:
    text = edited(old, new).replace(", items: [knots, weather]", "")
    assert faults(folder(released, sailing_v1=text)) == [
        "credentials/sailing/v1.yaml:1:1: version 1 was released, and its judged parts have changed; "
        "restore it (policy.yaml's agreement counts), and copy it to v2.yaml to change it"
    ]


def test_nor_through_the_policy(released: Path) -> None:
    (fault,) = faults(folder(released, policy=edited("text: I agree.", "text: I disagree.", POLICY)))
    assert fault.startswith(
        "credentials/sailing/v1.yaml:1:1: version 1 was released, and its judged parts have changed"
    )


def test_a_released_version_may_not_go(released: Path) -> None:
    (released / "credentials" / "sailing" / "v1.yaml").rename(released / "credentials" / "rowing" / "v2.yaml")
    folder(released, rowing_v2=RETIRED.replace("version: 1", "version: 2"))
    (released / "credentials" / "sailing").rmdir()
    assert faults(released) == [
        "credentials/sailing/v1.yaml:1:1: was released and is gone; restore it: applications are pinned to it"
    ]


def test_a_line_of_the_lock_that_is_spoilt(released: Path) -> None:
    path = released / lock.FILE
    path.write_text(path.read_text().replace("  sailing", " sailing"))
    assert faults(released) == ["released.lock:2:1: is not `<sha256>  <slug>/v<version>`; restore the line"]


def test_a_second_version_takes_over(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second = edited("version: 1\n", "version: 2\n").replace("Afloat", "Floating")
    folder(released, sailing_v1=edited("state: open", "state: retired"), sailing_v2=second)
    capsys.readouterr()
    assert main(["check", str(released)]) == 1
    assert capsys.readouterr().out == (
        f"{released}/released.lock:1:1: sailing/v2 is open and not in it; run"
        " `python -m program release`\n1 to correct\n"
    )
    assert main(["release", str(released)]) == 0
    capsys.readouterr()
    assert main(["check", str(released)]) == 0
    assert capsys.readouterr().out == (
        "credential  version  state    items  requirements  resources  fee (minor units)\n"
        "rowing      1        retired  0      0             0          6000 usd\n"
        "sailing     1        retired  2      4             1          6000 usd\n"
        "sailing     2        open     2      4             1          6000 usd\n"
    )


def test_check_tells_the_faults_and_an_old_schema(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (released / schema.FILE).write_text("{}")
    capsys.readouterr()
    assert main(["check", str(released)]) == 1
    assert (
        capsys.readouterr().out
        == f"{released}/schema.json:1:1: is out of date; run `python -m program schema`\n1 to correct\n"
    )
    folder(released, sailing_v1=edited("state: open", "state: opne"))
    for command in ("check", "release"):
        assert main([command, str(released)]) == 1
        assert capsys.readouterr().out.startswith(
            f"{released}/credentials/sailing/v1.yaml:4:1: state: 'opne' is not known; did you mean 'open'?\n"
        )


def test_the_editors_schema_takes_what_the_loader_takes_and_refuses_unknown_keys(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema.build())
    files = [path.read_text() for path in HERE.glob("credentials/*/*.yaml")]
    for text in (SAILING, RETIRED, *files):
        assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []
    for old, new in (
        ("name: Sailing", "nam: Sailing"),
        ("state: open", "state: opne"),
        ("kind: essay", "kind: easy"),
        ("passing: true", "pass: true"),
    ):
        assert not validator.is_valid(yaml.safe_load(edited(old, new)))


def test_the_program_of_this_checkout() -> None:
    assert main(["check", str(HERE)]) == 0
    states = {definition.slug: definition.state for definition in load(HERE).credentials}
    assert states == {
        "anti-racism": "announced",
        "assessment-and-evaluation": "announced",
        "community-engaged-learning-and-teaching": "announced",
        "community-engagement-fundamentals": "open",
        "community-partnerships": "open",
        "engaged-research": "announced",
        "equity-and-inclusion": "open",
        "institutionalizing-engagement": "open",
        "program-administration": "open",
        "supporting-engaged-faculty-development": "open",
    }
    assert set(states.values()) < set(CREDENTIAL_STATES)
    assert json.loads((HERE / schema.FILE).read_text())["additionalProperties"] is False


def test_fundamentals_is_complete() -> None:
    fundamentals = next(
        definition for definition in load(HERE).credentials if definition.slug == "community-engagement-fundamentals"
    )
    assert len(fundamentals.items) == 10
    assert all(item.questions for item in fundamentals.items)
    assert {item for resource in fundamentals.resources for item in resource.items} == {
        item.key for item in fundamentals.items
    }
    assert [(requirement.key, requirement.kind, requirement.path) for requirement in fundamentals.requirements] == [
        ("self-assessment", "self_assessment", None),
        ("cv", "file", None),
        ("professional-development", "file", None),
        ("presentation", "video", "video"),
        ("annotated-materials", "artifacts", "annotated"),
        ("essay", "essay", None),
        ("action-plan", "action_plan", None),
    ]
    assert fundamentals.paths is not None
    assert {option.key: option.answers for option in fundamentals.paths.options} == {
        "video": (),
        "annotated": ("experienced",),
    }
    assert [level.passing for level in fundamentals.rubric.levels] == [False, False, True]
    assert (fundamentals.fee.amount_minor, fundamentals.fee.currency) == (6000, "usd")
    assert (fundamentals.review.reviewers, fundamentals.review.business_days) == (2, 14)


def test_each_open_credential_is_complete() -> None:
    opened = [definition for definition in load(HERE).credentials if definition.state == "open"]
    assert [(one.slug, one.version) for one in opened] == [
        ("community-engagement-fundamentals", 1),
        ("community-partnerships", 1),
        ("equity-and-inclusion", 2),
        ("institutionalizing-engagement", 1),
        ("program-administration", 1),
        ("supporting-engaged-faculty-development", 1),
    ]
    for one in opened:
        items = {item.key for item in one.items}
        # Each item is prepared for by an example that says that it is one, or by what the content board approved.
        assert {item for resource in one.resources for item in resource.items} == items, one.slug
        assert all(found.approved_on or found.title.startswith("Example ") for found in one.resources), one.slug
        assert one.research_consent is not None, one.slug
        assert one.research_consent.text, one.slug
        assert (one.coaching.after_attempts, bool(one.coaching.text)) == (3, True), one.slug
        assert [found.kind for found in one.requirements].count("self_assessment") == 1, one.slug
        assert (one.eligibility is None) == (one.eligibility_rule is None), one.slug
        assert all(option.help for option in (one.paths.options if one.paths else ())), one.slug
    kinds = {(found.kind, found.due) for one in opened for found in one.requirements}
    assert {kind for kind, _ in kinds} == set(REQUIREMENT_KINDS)
    assert {due for _, due in kinds} == set(DUE)


def test_what_explains_a_path_may_change_in_a_released_version(tmp_path: Path) -> None:
    definition = next(one for one in load(HERE).credentials if one.paths is not None)
    paths = definition.paths
    assert paths is not None
    told = paths.model_copy(
        update={"options": tuple(one.model_copy(update={"help": "Otherwise."}) for one in paths.options)}
    )
    asked = paths.model_copy(update={"question": "Otherwise?"})
    assert lock.digest(definition.model_copy(update={"paths": told})) == lock.digest(definition)
    assert lock.digest(definition.model_copy(update={"paths": asked})) != lock.digest(definition)
