"""At its end a test run says what it left out and why. A machine that can run everything leaves nothing out."""

from collections import Counter
from typing import Any

import pytest


def of(config: pytest.Config) -> list[Any]:
    """The reports of tests that were skipped, those of xdist's workers too."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    found: list[Any] = reporter.stats.get("skipped", []) if reporter else []
    return found


def lines(config: pytest.Config, *, in_ci: bool) -> list[str]:
    """One line for each reason, for the end of the run."""
    reasons = Counter(_reason(report) for report in of(config))
    said = [f"Left out: {count} tests, because {reason}" for reason, count in reasons.most_common()]
    return [*said, "In CI nothing may be left out: this run fails."] if said and in_ci else said


def _reason(report: Any) -> str:
    """pytest keeps (path, line, reason) of a skip."""
    where = report.longrepr
    return str(where[2]).removeprefix("Skipped: ") if isinstance(where, tuple) else str(where)
