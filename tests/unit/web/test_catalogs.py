"""`python -m web.catalogs`: a catalog has every text with all its parts."""

import subprocess
import sys

import pytest

from devstack.paths import CHECKOUT
from web.catalogs import PACKAGES, faults, translations, update
from web.languages import DEFAULT, LANGUAGES
from web.rendering import FOLDER


def test_updating_catalogs_that_are_whole_changes_nothing() -> None:
    files = sorted(CHECKOUT.glob("*/locale/*.po")) + sorted(CHECKOUT.glob("services/*/locale/*.po"))
    before = {path: path.read_bytes() for path in files}
    command = [sys.executable, "-m", "web.catalogs", "update"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert {path: path.read_bytes() for path in files} == before
    assert {line.rpartition(": ")[2] for line in done.stdout.splitlines()} == {"0 texts without a translation"}


def test_every_catalog_is_whole() -> None:
    assert [fault for package in PACKAGES for fault in faults(package, "es")] == []


def test_a_text_without_a_translation_stays_english() -> None:
    spanish = translations((FOLDER,), "es")
    assert spanish.gettext("Sign in") == "Iniciar sesión"
    assert spanish.gettext("Nobody says this") == "Nobody says this"
    assert translations((FOLDER,), "en").gettext("Sign in") == "Sign in"


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != DEFAULT])
def test_a_text_of_web_is_translated_only_there(language: str) -> None:
    def texts(package: str) -> set[object]:
        return {one.id for one in update(package, language) if one.id}

    assert texts("web")
    for package in PACKAGES[1:]:
        assert texts("web") & texts(package) == set(), package
