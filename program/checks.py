"""Checks a credential's definition beyond its types: the rules over several fields, each with its remedy."""

import difflib
import itertools
from collections.abc import Iterable, Iterator, Sequence

from contracts.catalog import (
    CREDENTIAL_STATES,
    DUE,
    GROUP_KINDS,
    MOST_REVIEWERS,
    REQUIREMENT_KINDS,
    CredentialDefinition,
    Limits,
    Requirement,
)
from program.source import Fault, Loc, Source, of_nothing

RESOURCE_KINDS = ("training", "reading", "hub")

_WORDS = ("min_words", "max_words")
_FILES = ("media_types", "max_bytes")
LIMITS_OF_KIND: dict[str, tuple[str, ...]] = {
    "self_assessment": (),
    "short_text": _WORDS,
    "essay": _WORDS,
    "action_plan": _WORDS,
    "file": _FILES,
    "letter": ("min_count", "max_count", *_WORDS, *_FILES),
    "video": ("min_minutes", "max_minutes", *_FILES),
    "artifacts": ("min_count", "max_count", *_WORDS, *_FILES),
}
"""The limits that each kind of requirement may have. Words of an artifact are those of its annotation."""


def suggest(wrong: str, known: Iterable[str]) -> str:
    """The most similar name as a guess, or `use one of: a, b`."""
    names = list(dict.fromkeys(known))
    if close := difflib.get_close_matches(wrong, names, n=1):
        return f"did you mean {close[0]!r}?"
    return f"use one of: {', '.join(names)}" if names else "leave it out: there is none to choose from"


class _Checker:
    def __init__(self, source: Source, definition: CredentialDefinition) -> None:
        self.source = source
        self.definition = definition
        self.faults: list[Fault] = []

    def refuse(self, loc: Loc, problem: str, remedy: str) -> None:
        self.faults.append(self.source.fault(loc, problem, remedy))

    def known(self, loc: Loc, value: str, names: Sequence[str]) -> None:
        if value not in names:
            self.refuse(loc, f"{value!r} is not known", suggest(value, names))

    def unique(self, what: str, places: Iterable[tuple[Loc, str]]) -> None:
        seen: set[str] = set()
        for loc, key in places:
            if key in seen:
                self.refuse(loc, f"another {what} has the key {key!r}", "give it a key of its own")
            seen.add(key)


def check(source: Source, definition: CredentialDefinition) -> list[Fault]:
    """All faults of one definition whose types are correct."""
    checker = _Checker(source, definition)
    checker.known(("state",), definition.state, CREDENTIAL_STATES)
    _groups(checker)
    _requirements(checker)
    _paths(checker)
    _eligibility(checker)
    _rubric(checker)
    _resources(checker)
    _reminders(checker)
    if definition.review.reviewers > MOST_REVIEWERS:
        problem = f"a panel of {definition.review.reviewers} reviewers is too large"
        checker.refuse(("review", "reviewers"), problem, f"write at most {MOST_REVIEWERS}")
    if definition.state in ("open", "paused"):
        _complete(checker)
    return checker.faults


def lacking(definition: CredentialDefinition) -> list[Fault]:
    """The faults of a version that is to be open, whatever its state is."""
    checker = _Checker(of_nothing(""), definition.model_copy(update={"state": "open"}))
    _complete(checker)
    return checker.faults


def _items(definition: CredentialDefinition) -> Iterator[tuple[Loc, str]]:
    for g, group in enumerate(definition.groups):
        for i, item in enumerate(group.items):
            yield ("groups", g, "items", i, "key"), item.key


def _groups(checker: _Checker) -> None:
    groups = checker.definition.groups
    checker.unique("group", ((("groups", g, "key"), group.key) for g, group in enumerate(groups)))
    checker.unique("item", _items(checker.definition))
    for g, group in enumerate(groups):
        checker.known(("groups", g, "kind"), group.kind, GROUP_KINDS)
        if not group.items:
            checker.refuse(("groups", g, "items"), "the group has no items", "add an item, or take the group out")


def _requirements(checker: _Checker) -> None:
    requirements = checker.definition.requirements
    options = [option.key for option in checker.definition.paths.options] if checker.definition.paths else []
    checker.unique(
        "requirement", ((("requirements", r, "key"), requirement.key) for r, requirement in enumerate(requirements))
    )
    assessments = [r for r, requirement in enumerate(requirements) if requirement.kind == "self_assessment"]
    for r in assessments[1:]:
        checker.refuse(("requirements", r, "kind"), "there is a self-assessment already", "keep one of the two")
    for r, requirement in enumerate(requirements):
        checker.known(("requirements", r, "kind"), requirement.kind, REQUIREMENT_KINDS)
        checker.known(("requirements", r, "due"), requirement.due, DUE)
        if requirement.path is not None and requirement.path not in options:
            checker.refuse(
                ("requirements", r, "path"),
                f"there is no path {requirement.path!r}",
                suggest(requirement.path, options),
            )
        _limits(checker, ("requirements", r, "limits"), requirement)
        _letter(checker, r, requirement)


def _letter(checker: _Checker, r: int, requirement: Requirement) -> None:
    """Faults of the fields that only letters may have."""
    if requirement.kind == "letter":
        return
    if requirement.questions:
        checker.refuse(
            ("requirements", r, "questions"),
            f"means nothing for a requirement of kind {requirement.kind}",
            "give the questions to the items, or take them out",
        )
    if requirement.applicant_reads:
        checker.refuse(
            ("requirements", r, "applicant_reads"),
            f"means nothing for a requirement of kind {requirement.kind}",
            "take it out",
        )


def _reminders(checker: _Checker) -> None:
    letters = checker.definition.letters
    if list(letters.reminder_days) != sorted(set(letters.reminder_days)):
        checker.refuse(("letters", "reminder_days"), "are not in order", "write each day once, the first one first")
    if any(day >= letters.link_days for day in letters.reminder_days):
        problem = f"a reminder comes after the link has expired, after {letters.link_days} days"
        checker.refuse(("letters", "reminder_days"), problem, "remind earlier, or make `link_days` more")


def _limits(checker: _Checker, loc: tuple[int | str, ...], requirement: Requirement) -> None:
    limits, fitting = requirement.limits, LIMITS_OF_KIND.get(requirement.kind)
    for name in Limits.model_fields:
        value = getattr(limits, name)
        if value is None:
            continue
        if fitting is not None and name not in fitting:
            remedy = f"use {', '.join(fitting)}, or take it out" if fitting else "take it out"
            checker.refuse((*loc, name), f"means nothing for a requirement of kind {requirement.kind}", remedy)
        elif isinstance(value, int) and value < (0 if name.startswith("min_") else 1):
            checker.refuse((*loc, name), f"{value} is too small", "write a positive whole number")
        elif isinstance(value, tuple):
            if not value:
                checker.refuse((*loc, name), "the list is empty", "name at least one type, such as application/pdf")
            for n, media_type in enumerate(value):
                if (
                    media_type.count("/") != 1
                    or media_type != media_type.strip().lower()
                    or not all(media_type.split("/"))
                ):
                    checker.refuse(
                        (*loc, name, n),
                        f"{media_type!r} is not a media type",
                        "write type/subtype in small letters, such as application/pdf",
                    )
    for what in ("words", "minutes", "count"):
        low, high = getattr(limits, f"min_{what}"), getattr(limits, f"max_{what}")
        if low is not None and high is not None and low > high:
            checker.refuse(
                (*loc, f"min_{what}"), f"{low} is more than max_{what}, which is {high}", "make it at most that"
            )


def _paths(checker: _Checker) -> None:
    paths, requirements = checker.definition.paths, checker.definition.requirements
    if paths is None:
        return
    answers = [answer.key for answer in paths.answers]
    checker.unique("answer", ((("paths", "answers", a, "key"), key) for a, key in enumerate(answers)))
    checker.unique("path", ((("paths", "options", o, "key"), option.key) for o, option in enumerate(paths.options)))
    if len(paths.options) < 2:
        checker.refuse(("paths", "options"), "there is only one path", "add a second option, or take `paths` out")
    if bool(answers) != bool(paths.question):
        checker.refuse(
            ("paths",), "a question and its answers belong together", "give both `question` and `answers`, or neither"
        )
    for o, option in enumerate(paths.options):
        for a, answer in enumerate(option.answers):
            if answer not in answers:
                checker.refuse(
                    ("paths", "options", o, "answers", a), f"there is no answer {answer!r}", suggest(answer, answers)
                )
        if all(requirement.path != option.key for requirement in requirements):
            checker.refuse(
                ("paths", "options", o, "key"),
                f"no requirement is on the path {option.key!r}",
                f"give one `path: {option.key}`",
            )
    for a, answer in enumerate(answers):
        if all(option.answers and answer not in option.answers for option in paths.options):
            checker.refuse(
                ("paths", "answers", a, "key"),
                f"the answer {answer!r} allows no path",
                "name it in an option's `answers`",
            )


def _eligibility(checker: _Checker) -> None:
    rule = checker.definition.eligibility_rule
    if rule is None:
        return
    loc = ("eligibility_rule", "answers")
    checker.unique("answer", (((*loc, a, "key"), answer.key) for a, answer in enumerate(rule.answers)))
    if not any(answer.eligible for answer in rule.answers):
        checker.refuse(loc, "no answer allows anybody to apply", "give one answer `eligible: true`")
    if all(answer.eligible for answer in rule.answers):
        checker.refuse(loc, "every answer allows to apply", "give one `eligible: false`, or take the rule out")
    elif not rule.refused.strip():
        checker.refuse(
            loc[:1], "people who may not apply are not told why", "add `refused: ...`, with what they can do"
        )
    if not checker.definition.eligibility:
        checker.refuse(loc[:1], "the catalog has no text about it", "add `eligibility: ...` beside it")


def _rubric(checker: _Checker) -> None:
    levels = checker.definition.rubric.levels
    checker.unique("level", ((("rubric", "levels", n, "key"), level.key) for n, level in enumerate(levels)))
    for n, (worse, better) in enumerate(itertools.pairwise(levels), start=1):
        if worse.passing and not better.passing:
            checker.refuse(
                ("rubric", "levels", n, "passing"),
                "a better level fails where a worse one passes",
                "list the levels worst first",
            )


def _resources(checker: _Checker) -> None:
    resources, items = checker.definition.resources, [key for _, key in _items(checker.definition)]
    checker.unique("resource", ((("resources", r, "key"), resource.key) for r, resource in enumerate(resources)))
    for r, resource in enumerate(resources):
        checker.known(("resources", r, "kind"), resource.kind, RESOURCE_KINDS)
        if resource.url is not None and not resource.url.startswith(("https://", "http://")):
            checker.refuse(("resources", r, "url"), "is not a web address", "begin it with https://")
        for i, item in enumerate(resource.items):
            if item not in items:
                checker.refuse(("resources", r, "items", i), f"there is no item {item!r}", suggest(item, items))


def _complete(checker: _Checker) -> None:
    definition = checker.definition
    state = f"a credential that is {definition.state}"
    for field, value in (("summary", definition.summary), ("criteria", definition.criteria)):
        if not value.strip():
            checker.refuse((field,), f"{state} needs it", f"add `{field}: ...`")
    for loc, text in (
        (("agreement", "text"), definition.agreement.text),
        (("review", "agreement", "text"), definition.review.agreement.text),
    ):
        if not text.strip():
            checker.refuse(
                loc,
                f"{state} needs the text of this agreement",
                "write the text, or leave the agreement to policy.yaml",
            )
    if not definition.groups:
        checker.refuse(("groups",), f"{state} needs items to judge", "add a group with its items")
    if not any(
        requirement.required and requirement.due == "before_submission" for requirement in definition.requirements
    ):
        checker.refuse(
            ("requirements",), f"{state} needs something to hand in", "add a requirement that is due before submission"
        )
    for passing, word in ((True, "passes"), (False, "does not pass")):
        if all(level.passing is not passing for level in definition.rubric.levels):
            checker.refuse(
                ("rubric", "levels"),
                f"{state} needs a level that {word}",
                f"add a level with `passing: {str(passing).lower()}`",
            )
