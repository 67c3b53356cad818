"""Settings: what is missing is named, a password may lie in a file."""

from pathlib import Path

import pytest

from chassis.settings import ServiceSettings, load, with_password


def test_a_missing_database_address_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL_REVIEW", raising=False)
    with pytest.raises(SystemExit, match="DATABASE_URL_REVIEW is not set"):
        load(ServiceSettings, "review")


def test_a_password_from_a_file_goes_into_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/word\n")
    monkeypatch.setenv("DATABASE_URL_REVIEW", "postgresql://review@db:5432/review?sslmode=require")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", str(file))
    assert load(ServiceSettings, "review").database_url == "postgresql://review:p%40ss%2Fword@db:5432/review?sslmode=require"


def test_an_address_without_a_file_stays_as_it_is() -> None:
    assert with_password("postgresql://a:b@c/d", None) == "postgresql://a:b@c/d"


def test_a_password_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="DATABASE_PASSWORD_FILE"):
        with_password("postgresql://a@c/d", str(tmp_path / "none"))


def test_an_address_without_a_role_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("x")
    with pytest.raises(SystemExit, match="role"):
        with_password("postgresql://c/d", str(file))
