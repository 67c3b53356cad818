"""A program folder that is right loads whole; whatever is wrong is see test_program_faults."""

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
from tests.unit.program.sailing import SAILING, edited, folder


def test_a_right_program_is_loaded_whole(tmp_path: Path) -> None:
    program = load(folder(tmp_path, sailing_v1=SAILING))
    agreement, confidential = Agreement(version="1", text="I agree."), Agreement(version="1", text="I keep it confidential.")
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
                    items=(Item(key="knots", name="Knots", questions=("Which knots?",)), Item(key="weather", name="Weather")),
                ),
            ),
            requirements=(
                Requirement(key="rating", kind="self_assessment", name="Self-assessment"),
                Requirement(key="film", kind="video", name="Film", path="film", limits=Limits(min_minutes=5, max_minutes=9)),
                Requirement(key="essay", kind="essay", name="Essay", path="essay", limits=Limits(min_words=10, max_words=20)),
                Requirement(key="proof", kind="artifacts", name="Proof", limits=Limits(min_count=1, max_count=3, media_types=("application/pdf",))),
            ),
            paths=PathChoice(
                question="Are you new?",
                answers=(PathAnswer(key="new", name="I am new"), PathAnswer(key="old", name="I am not")),
                options=(PathOption(key="film", name="Film"), PathOption(key="essay", name="Essay", answers=("old",))),
            ),
            rubric=Rubric(version="1", levels=(Level(key="lost", name="Lost", passing=False), Level(key="afloat", name="Afloat", passing=True))),
            resources=(
                Resource(
                    key="book", kind="reading", title="A book", provider="A library", url="https://example.org/book", items=("knots", "weather")
                ),
            ),
        ),
    )


def test_a_credential_overrides_the_defaults_for_itself(tmp_path: Path) -> None:
    (mine,) = load(folder(tmp_path, sailing_v1=SAILING + "fee: {amount_minor: 100}\nreview: {reviewers: 3}\ngap_at_most: 4\n")).credentials
    assert (mine.fee, mine.gap_at_most) == (Money(amount_minor=100), 4)
    assert mine.review == ReviewPolicy(reviewers=3, business_days=14, agreement=Agreement(version="1", text="I keep it confidential."))


def test_an_announced_credential_may_be_a_name_only(tmp_path: Path) -> None:
    (mine,) = load(folder(tmp_path, rowing_v1="slug: rowing\nversion: 1\nname: Rowing\nstate: announced\n")).credentials
    assert (mine.slug, mine.state, mine.items) == ("rowing", "announced", ())


def test_versions_come_in_order_of_number_not_of_text(tmp_path: Path) -> None:
    older = {f"sailing_v{n}": edited("version: 1\n", f"version: {n}\n").replace("state: open", "state: retired") for n in range(1, 11)}
    older["sailing_v11"] = edited("version: 1\n", "version: 11\n")
    assert [definition.version for definition in load(folder(tmp_path, **older)).credentials] == list(range(1, 12))
