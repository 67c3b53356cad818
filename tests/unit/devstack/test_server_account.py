"""Where PostgreSQL's data goes if its account cannot reach the checkout."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from devstack.server_account import Account, AccountError, reachable_folder


@dataclass(frozen=True)
class Shut(Account):
    """An account to which everything below one folder is out of reach."""

    home: Path = Path("/")

    def can_enter(self, folder: Path) -> bool:
        return not folder.is_relative_to(self.home)


@pytest.fixture
def shut(tmp_path: Path) -> Account:
    return Shut("nobody", 65534, 65534, tmp_path / "home")


def test_a_plain_user_has_the_folder_where_he_wants_it(tmp_path: Path) -> None:
    assert reachable_folder(tmp_path / "state" / "postgres", None) == tmp_path / "state" / "postgres"
    assert (tmp_path / "state" / "postgres").is_dir()


def test_a_folder_within_reach_is_used(tmp_path: Path, shut: Account) -> None:
    assert (
        reachable_folder(tmp_path / "open" / "postgres", shut, tmp_path / "outside") == tmp_path / "open" / "postgres"
    )
    assert not (tmp_path / "outside").exists()


def test_out_of_reach_it_lies_outside_with_a_link_and_is_found_again(tmp_path: Path, shut: Account) -> None:
    wanted = tmp_path / "home" / "postgres"
    where = reachable_folder(wanted, shut, tmp_path / "outside")
    assert where.parent == tmp_path / "outside"
    (where / "data").touch()
    assert reachable_folder(wanted, shut, tmp_path / "outside") == where
    assert (wanted / "data").exists()
    assert oct(where.stat().st_mode & 0o777) == "0o711"


def test_two_checkouts_share_nothing_outside(tmp_path: Path, shut: Account) -> None:
    first, second = (
        reachable_folder(tmp_path / "home" / name / "postgres", shut, tmp_path / "outside") for name in ("a", "b")
    )
    assert first != second


def test_a_link_to_a_folder_that_was_removed_is_made_whole(tmp_path: Path, shut: Account) -> None:
    wanted = tmp_path / "home" / "postgres"
    where = reachable_folder(wanted, shut, tmp_path / "outside")
    where.rmdir()
    assert reachable_folder(wanted, shut, tmp_path / "outside") == where
    assert where.is_dir()


def test_data_that_is_out_of_reach_is_never_moved_or_opened_up(tmp_path: Path, shut: Account) -> None:
    wanted = tmp_path / "home" / "postgres"
    (wanted / "data").mkdir(parents=True)
    with pytest.raises(AccountError, match="holds data"):
        reachable_folder(wanted, shut, tmp_path / "outside")
    assert (wanted / "data").is_dir()
    assert not wanted.is_symlink()
