"""A small program without faults, which tests change: one credential, in the folder of a test."""

from pathlib import Path

import pytest

from program.loader import ProgramError, load

POLICY = """\
enrollment: rolling
defaults:
  fee: {amount_minor: 6000, currency: usd}
  gap_at_most: 2
  agreement: {version: "1", text: I agree.}
  review: {reviewers: 2, business_days: 14, agreement: {version: "1", text: I keep it confidential.}}
"""

SAILING = """\
slug: sailing
version: 1
name: Sailing
state: open
summary: To sail.
criteria: The panel saw it.
groups:
  - key: skills
    kind: competency
    name: Skills
    items:
      - {key: knots, name: Knots, questions: ["Which knots?"]}
      - {key: weather, name: Weather}
requirements:
  - {key: rating, kind: self_assessment, name: Self-assessment}
  - {key: film, kind: video, name: Film, path: film, limits: {min_minutes: 5, max_minutes: 9}}
  - key: essay
    kind: essay
    name: Essay
    path: essay
    limits: {min_words: 10, max_words: 20}
  - {key: proof, kind: artifacts, name: Proof, limits: {min_count: 1, max_count: 3, media_types: [application/pdf]}}
paths:
  question: Are you new?
  answers:
    - {key: new, name: I am new}
    - {key: old, name: I am not}
  options:
    - {key: film, name: Film}
    - {key: essay, name: Essay, answers: [old]}
rubric:
  version: "1"
  levels:
    - {key: lost, name: Lost, passing: false}
    - {key: afloat, name: Afloat, passing: true}
resources:
  - {key: book, kind: reading, title: A book, provider: A library, url: "https://example.org/book", items: [knots, weather]}
"""  # noqa: E501 (faults are told with their columns)


def folder(tmp_path: Path, policy: str = POLICY, **versions: str) -> Path:
    """A program folder; a keyword `sailing_v1` is the file credentials/sailing/v1.yaml."""
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "policy.yaml").write_text(policy)
    for name, text in versions.items():
        slug, _, version = name.rpartition("_")
        path = tmp_path / "credentials" / slug / f"{version}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def faults(root: Path) -> list[str]:
    with pytest.raises(ProgramError) as caught:
        load(root)
    assert str(caught.value) == "\n".join(str(fault) for fault in caught.value.faults)
    return [str(fault).removeprefix(f"{root}/") for fault in caught.value.faults]


def edited(old: str, new: str, text: str = SAILING) -> str:
    assert text.count(old) == 1, f"{old!r} must stand in the text once"
    return text.replace(old, new)
