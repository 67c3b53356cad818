from hashlib import sha256
from pathlib import Path

import pytest

from devstack.jars import KAFKA_VERSION, Jar, JarError, read_lock, unfit

SUM = "0" * 64


def test_the_lock_of_the_checkout_names_kafka_and_a_binding_for_its_log() -> None:
    jars = {jar.artifact: jar for jar in read_lock()}
    assert jars["kafka_2.13"].version == KAFKA_VERSION
    assert jars["log4j-slf4j-impl"].version == jars["log4j-core"].version
    assert len({jar.filename for jar in jars.values()}) == len(read_lock()) == 45


def test_a_line_is_a_sum_and_coordinates(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(f"{SUM}  org.example:thing:1.0\n\n")
    assert read_lock(lock) == [Jar("org.example", "thing", "1.0", SUM)]
    assert read_lock(lock)[0].filename == "thing-1.0.jar"


@pytest.mark.parametrize(
    "line",
    ["org.example:thing:1.0", f"{SUM}  org.example:thing", f"{SUM[1:]}  org.example:thing:1.0", f"{SUM}  a:b:c:d"],
)
def test_any_other_line_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "lock"
    lock.write_text(f"{SUM}  org.example:thing:1.0\n{line}\n")
    with pytest.raises(JarError, match="line 2"):
        read_lock(lock)


def test_missing_truncated_and_altered_jars_are_unfit(tmp_path: Path) -> None:
    whole = b"a whole jar"
    jars = [Jar("g", name, "1", sha256(whole).hexdigest()) for name in ("whole", "missing", "truncated", "altered")]
    (tmp_path / "whole-1.jar").write_bytes(whole)
    (tmp_path / "truncated-1.jar").write_bytes(whole[:-1])
    (tmp_path / "altered-1.jar").write_bytes(whole[::-1])
    assert [jar.artifact for jar in unfit(jars, tmp_path)] == ["missing", "truncated", "altered"]
