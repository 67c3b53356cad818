"""The folder of a broker is whole or missing. A folder that has lost its identity is not silently formatted."""

import re
from pathlib import Path

import pytest

from devstack.files import StateDamaged
from devstack.kafka_folder import Runtime, set_up_folder

CHECKPOINT = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """A state with a formatted folder, as Kafka's tool makes it."""
    formatted = tmp_path / "formatted"
    (formatted / CHECKPOINT).parent.mkdir(parents=True)
    (formatted / CHECKPOINT).write_bytes(b"voters")
    (formatted / "meta.properties").write_text(
        "version=1\ncluster.id=of-the-cache\nnode.id=1\ndirectory.id=of-the-cache\n"
    )
    return Runtime(Path("java"), (), (), formatted)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def identity(folder: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (folder / "data" / "meta.properties").read_text().splitlines())


def test_a_new_folder_is_a_whole_copy_with_an_identity_of_its_own_and_kept(tmp_path: Path, runtime: Runtime) -> None:
    for name in ("a", "b"):
        set_up_folder(runtime, tmp_path / name, 1, 2)
    assert files(tmp_path / "a") == {
        "server.properties",
        "log4j2.properties",
        "data/meta.properties",
        f"data/{CHECKPOINT}",
    }
    first, second = identity(tmp_path / "a"), identity(tmp_path / "b")
    assert first["cluster.id"] != second["cluster.id"]
    assert "of-the-cache" not in {*first.values(), *second.values()}
    assert first["node.id"] == "1"
    (tmp_path / "a" / "data" / "__cluster_metadata-0" / "quorum-state").touch()
    set_up_folder(runtime, tmp_path / "a", 3, 4)
    assert identity(tmp_path / "a") == first
    assert "listeners=PLAINTEXT://127.0.0.1:3," in (tmp_path / "a" / "server.properties").read_text()


def test_what_an_interruption_left_beside_the_place_goes(tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "kafka" / "unfinished-1" / "data").mkdir(parents=True)
    (tmp_path / "kafka" / "unfinished-1" / "data" / "meta.properties").write_text("half")
    set_up_folder(runtime, tmp_path / "kafka", 1, 2)
    assert files(tmp_path / "kafka") == {
        "server.properties",
        "log4j2.properties",
        "data/meta.properties",
        f"data/{CHECKPOINT}",
    }


@pytest.mark.parametrize(
    "copied", [[], ["meta.properties"], ["__cluster_metadata-0"], ["__cluster_metadata-0", "meta.properties"]]
)
def test_half_a_copy_of_an_earlier_version_is_made_whole(tmp_path: Path, runtime: Runtime, copied: list[str]) -> None:
    data = tmp_path / "kafka" / "data"
    data.mkdir(parents=True)
    for name in copied:
        (data / name).mkdir() if name.startswith("__") else (data / name).write_text("version=1\nclus")
    set_up_folder(runtime, tmp_path / "kafka", 1, 2)
    assert files(data) == {"meta.properties", CHECKPOINT}
    assert identity(tmp_path / "kafka")["node.id"] == "1"


@pytest.mark.parametrize("text", [None, "", "version=1\n", "cluster.id=\nnode.id=1\n", "cluster.id=x\nnode.id=2\n"])
def test_data_that_has_lost_its_identity_is_refused_and_kept(
    tmp_path: Path, runtime: Runtime, text: str | None
) -> None:
    set_up_folder(runtime, tmp_path / "kafka", 1, 2)
    data = tmp_path / "kafka" / "data"
    (data / "intake.people-0").mkdir()
    (data / "intake.people-0" / "00000000000000000000.log").write_bytes(b"what somebody said")
    (data / "meta.properties").unlink() if text is None else (data / "meta.properties").write_text(text)
    before = files(data)
    with pytest.raises(
        StateDamaged, match=rf"^{re.escape(str(data))}.*meta\.properties.*Restore it from a copy, or .*`make reset`"
    ):
        set_up_folder(runtime, tmp_path / "kafka", 1, 2)
    assert files(data) == before


def test_nobody_finds_half_of_a_folder_while_it_is_made(tmp_path: Path, runtime: Runtime) -> None:
    """The copy fails in the middle, as after a full disk."""
    (runtime.formatted / "zz").symlink_to("nowhere")  # is copied last, and cannot be
    with pytest.raises(Exception, match="zz"):
        set_up_folder(runtime, tmp_path / "kafka", 1, 2)
    assert not (tmp_path / "kafka" / "data").exists()
    assert list((tmp_path / "kafka").iterdir()) == []
