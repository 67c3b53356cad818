"""The tour of the README, line by line, on a running system."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from devstack.paths import CHECKOUT
from tests.system.whole import Whole

MINUTES = 5


def tour() -> list[str]:
    """The blocks that a reader is asked to paste."""
    text = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    section = text[text.index("## A tour in five minutes") : text.index("## Every command")]
    return re.findall(r"^```bash\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


async def bash(script: str, environ: dict[str, str], *options: str) -> str:
    """The output of a shell for these lines. The shell must end with 0."""
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "--norc",
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=CHECKOUT,
        env=environ,
    )
    said, _ = await asyncio.wait_for(shell.communicate(script.encode()), MINUTES * 60)
    assert shell.returncode == 0, said.decode()
    return said.decode()


@pytest.mark.long
@pytest.mark.timeout(MINUTES * 60 + 240)
async def test_the_tour_of_the_readme(whole: Whole, tmp_path: Path) -> None:
    (tmp_path / "addresses.json").write_text(json.dumps(whole.plan.addresses))
    blocks = tour()
    assert len(blocks) == 9
    assert sum(len(block.splitlines()) for block in blocks) > 60

    said = await bash("\n".join(["set -eu", *blocks]), {**os.environ, "MICROCRED_STATE": str(tmp_path)})

    lines = [line for line in said.splitlines() if line]
    assert "community-engagement-fundamentals: open" in lines
    assert [line for line in lines if line in ("fee_due", "paid", "submitted", "scoring", "deciding", "awarded")] == [
        "fee_due",
        "paid",
        "submitted",
        "scoring",
        "deciding",
        "awarded",
    ]
    assert "gaps: ['roles']; see: ['Example reading: who does what in community engagement']" in lines
    assert "['cv', 'professional-development', 'presentation', 'essay', 'action-plan']" in lines
    assert lines.count("still to score: []") == 2
    (badge,) = [line for line in lines if line.startswith(f"{whole.plan.addresses['web']}/badges/")]
    place = lines.index(badge)
    did = "did:web:" + whole.plan.addresses["web"].removeprefix("http://").replace(":", "%3A")
    assert lines[place + 1 : place + 4] == [
        f"Community Engagement Fundamentals, 10 results, signed by {did}",
        "verified: Community Engagement Fundamentals",
        "openbadgeslib.ob3.verifier.OB3VerificationError: Invalid Data Integrity proof (signature mismatch)",
    ]
    told = [line.split()[1] for line in lines[place + 4 :]]
    assert [kind for kind in told if not kind.startswith("notify.")] == [
        "intake.application.started.v1",
        "intake.application.fee_due.v1",
        "payments.fee.paid.v1",
        "intake.application.opened.v1",
        "intake.application.submitted.v1",
        "review.case.opened.v1",
        *["review.reviewer.assigned.v1"] * 3,
        "review.case.decided.v1",
        "badging.badge.issued.v1",
    ]


async def test_the_tour_may_be_pasted_into_an_interactive_shell() -> None:
    """An interactive bash reads `!` as history and keeps going after an error: the words of the tour must be defined in
    it all the same."""
    words = ["address", "pick", "call", "wait_for", "newest_link", "token_in", "sign_in"]
    lines = [line for line in tour()[0].splitlines() if not line.startswith(("INTAKE=", "OPS="))]
    script = "\n".join(
        [
            "set +o history",
            *lines,
            f'declare -F {" ".join(words)} && echo \'{{"a": "b!c"}}\' | pick \'it["a"]\'',
            "exit 0",
            "",
        ]
    )
    said = await bash(script, {**os.environ, "PS1": "", "PS2": ""}, "-i")
    assert "\n".join(words) in said
    assert "\nb!c\n" in said
