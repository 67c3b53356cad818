"""A program folder without faults loads whole. All faults are reported at once."""

from pathlib import Path

from contracts.catalog import (
    Agreement,
    CredentialDefinition,
    Group,
    Item,
    Level,
    Limits,
    PathAnswer,
    PathChoice,
    PathOption,
    Requirement,
    Resource,
    ReviewPolicy,
    Rubric,
)
from contracts.claims import Money
from program.loader import load
from tests.unit.program.sailing import POLICY, SAILING, edited, faults, folder


def test_a_right_program_is_loaded_whole(tmp_path: Path) -> None:
    program = load(folder(tmp_path, sailing_v1=SAILING))
    agreement, confidential = (
        Agreement(version="1", text="I agree."),
        Agreement(version="1", text="I keep it confidential."),
    )
    assert program.policy.enrollment == "rolling"
    assert program.credentials == (
        CredentialDefinition(
            slug="sailing",
            version=1,
            name="Sailing",
            state="open",
            summary="To sail.",
            criteria="The panel saw it.",
            fee=Money(amount_minor=6000, currency="usd"),
            gap_at_most=2,
            agreement=agreement,
            review=ReviewPolicy(reviewers=2, business_days=14, agreement=confidential),
            groups=(
                Group(
                    key="skills",
                    kind="competency",
                    name="Skills",
                    items=(
                        Item(key="knots", name="Knots", questions=("Which knots?",)),
                        Item(key="weather", name="Weather"),
                    ),
                ),
            ),
            requirements=(
                Requirement(key="rating", kind="self_assessment", name="Self-assessment"),
                Requirement(
                    key="film", kind="video", name="Film", path="film", limits=Limits(min_minutes=5, max_minutes=9)
                ),
                Requirement(
                    key="essay", kind="essay", name="Essay", path="essay", limits=Limits(min_words=10, max_words=20)
                ),
                Requirement(
                    key="proof",
                    kind="artifacts",
                    name="Proof",
                    limits=Limits(min_count=1, max_count=3, media_types=("application/pdf",)),
                ),
            ),
            paths=PathChoice(
                question="Are you new?",
                answers=(PathAnswer(key="new", name="I am new"), PathAnswer(key="old", name="I am not")),
                options=(PathOption(key="film", name="Film"), PathOption(key="essay", name="Essay", answers=("old",))),
            ),
            rubric=Rubric(
                version="1",
                levels=(
                    Level(key="lost", name="Lost", passing=False),
                    Level(key="afloat", name="Afloat", passing=True),
                ),
            ),
            resources=(
                Resource(
                    key="book",
                    kind="reading",
                    title="A book",
                    provider="A library",
                    url="https://example.org/book",
                    items=("knots", "weather"),
                ),
            ),
        ),
    )


def test_a_credential_overrides_the_defaults_for_itself(tmp_path: Path) -> None:
    (mine,) = load(
        folder(tmp_path, sailing_v1=SAILING + "fee: {amount_minor: 100}\nreview: {reviewers: 3}\ngap_at_most: 4\n")
    ).credentials
    assert (mine.fee, mine.gap_at_most) == (Money(amount_minor=100), 4)
    assert mine.review == ReviewPolicy(
        reviewers=3, business_days=14, agreement=Agreement(version="1", text="I keep it confidential.")
    )


def test_an_announced_credential_may_be_a_name_only(tmp_path: Path) -> None:
    (mine,) = load(folder(tmp_path, rowing_v1="slug: rowing\nversion: 1\nname: Rowing\nstate: announced\n")).credentials
    assert (mine.slug, mine.state, mine.items) == ("rowing", "announced", ())


def test_versions_come_in_order_of_number_not_of_text(tmp_path: Path) -> None:
    older = {
        f"sailing_v{n}": edited("version: 1\n", f"version: {n}\n").replace("state: open", "state: retired")
        for n in range(1, 11)
    }
    older["sailing_v11"] = edited("version: 1\n", "version: 11\n")
    assert [definition.version for definition in load(folder(tmp_path, **older)).credentials] == list(range(1, 12))


def test_the_faults_of_all_files_are_told_in_one_run(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        policy=edited("enrollment: rolling", "enrollment: quarterly", POLICY),
        sailing_v1=edited("state: open", "state: opne"),
        sailing_v2=edited("name: Sailing", "nam: Sailing").replace("version: 1\n", "version: 3\n"),
        rowing_v1="slug: rowing\nversion: 1\nname: Rowing\nstate: open\n",
        diving_v1="- a list\n",
        flying_v2="slug: flying\nversion: 2\nname: Flying\nstate: planned\n",
    )
    (root / "credentials" / "notes.txt").write_text("")
    (root / "credentials" / "diving" / "v01.yaml").write_text("")
    (root / "credentials" / "diving" / "v2.yaml").write_bytes(b"\xff")
    assert faults(root) == [
        "credentials/diving/v01.yaml:1:1: is not a version of a credential; call it v1.yaml, v2.yaml, ...",
        "credentials/diving/v1.yaml:1:1: does not hold a mapping; begin with lines such as `slug: ...`",
        "credentials/diving/v2.yaml:1:1: is not UTF-8 text; save it as UTF-8",
        "credentials/flying/v1.yaml:1:1: is left out; versions count from 1 without a"
        " gap: put it there, or rename the later ones",
        "credentials/notes.txt:1:1: is not a credential's folder; move it to credentials/<slug>/v1.yaml",
        "credentials/rowing/v1.yaml:1:1: criteria: a credential that is open needs it; add `criteria: ...`",
        "credentials/rowing/v1.yaml:1:1: groups: a credential that is open needs"
        " items to judge; add a group with its items",
        "credentials/rowing/v1.yaml:1:1: requirements: a credential that is open needs something to hand in; "
        "add a requirement that is due before submission",
        "credentials/rowing/v1.yaml:1:1: rubric.levels: a credential that is open needs a level that does not pass; "
        "add a level with `passing: false`",
        "credentials/rowing/v1.yaml:1:1: rubric.levels: a credential that is open needs a level"
        " that passes; add a level with `passing: true`",
        "credentials/rowing/v1.yaml:1:1: summary: a credential that is open needs it; add `summary: ...`",
        "credentials/sailing/v1.yaml:4:1: state: 'opne' is not known; did you mean 'open'?",
        "credentials/sailing/v2.yaml:1:1: name: is missing; add `name: ...`",
        "credentials/sailing/v2.yaml:3:1: nam: is not a known key; did you mean 'name'?",
        "policy.yaml:1:1: enrollment: input should be 'rolling' or 'periods'; correct it; it is 'quarterly'",
    ]


def test_two_open_versions_of_one_credential(tmp_path: Path) -> None:
    second = edited("version: 1\n", "version: 2\n")
    assert faults(folder(tmp_path, sailing_v1=SAILING, sailing_v2=second)) == [
        "credentials/sailing/v1.yaml:4:1: state: versions 1 and 2 of sailing are"
        " both open; make the older one `retired`"
    ]


def test_bounds_of_the_review_one_path_and_an_empty_group(tmp_path: Path) -> None:
    text = SAILING + "review: {reviewers: 0}\n"
    assert faults(folder(tmp_path, sailing_v1=text)) == [
        "credentials/sailing/v1.yaml:38:10: review.reviewers: input should be greater"
        " than or equal to 1; correct it; it is 0"
    ]
    text = SAILING + "review: {reviewers: 21}\n"
    assert faults(folder(tmp_path / "many", sailing_v1=text)) == [
        "credentials/sailing/v1.yaml:38:10: review.reviewers: a panel of 21 reviewers is too large; write at most 20"
    ]
    text = (
        "slug: rowing\nversion: 1\nname: Rowing\nstate: announced\n"
        "groups: [{key: g, kind: area, name: G, items: []}]\n"
        "requirements: [{key: a, kind: essay, name: A, path: p}]\n"
        "paths: {options: [{key: p, name: P}]}\n"
    )
    assert faults(folder(tmp_path / "other", rowing_v1=text)) == [
        "credentials/rowing/v1.yaml:5:40: groups.0.items: the group has no items; add an item, or take the group out",
        "credentials/rowing/v1.yaml:7:9: paths.options: there is only one path; add"
        " a second option, or take `paths` out",
    ]


def test_an_empty_folder(tmp_path: Path) -> None:
    assert faults(tmp_path) == [
        "credentials:1:1: holds no credentials; put them there, as credentials/<slug>/v1.yaml",
        "policy.yaml:1:1: cannot be read (No such file or directory); put a readable file there",
    ]
