"""The configuration of a run: whole before anything is planned, and beside its results."""

import pytest

from configurations import FILE
from middlebench.errors import ConfigError
from middlebench.experiment.config import load
from middlebench.planning.configuration import complete, write_beside_results


def test_it_is_completed_in_place():
    """What the command line gave holds; the ladder's sweeps are added."""
    config = {"style": "what Snakemake made of it"}
    complete(config, FILE, [{"style": {"dpi": 98}}, {"style": {"dpi": 99}}])
    assert config["style"] == FILE["style"] | {"dpi": 99}
    assert len(config["figures"]) > len(FILE["figures"])


def test_what_cannot_be_measured_is_told():
    """Before any sweep is added."""
    with pytest.raises(ConfigError, match=r"^style\.dpi: "):
        complete({}, FILE, [{"style": {"dpi": "many"}}])


def test_it_lies_beside_results_and_validates_as_it_stands(tmp_path, monkeypatch):
    """A file a testbed, and nothing unfinished."""
    monkeypatch.chdir(tmp_path)
    config: dict = {}
    complete(config, FILE, [])
    write_beside_results(config, ["sandbox", "lab"])
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    assert files == ["results/lab/config.yaml", "results/sandbox/config.yaml"]
    assert load(tmp_path / "results/sandbox/config.yaml")["figures"] == config["figures"]
