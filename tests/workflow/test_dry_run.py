"""What `snakemake -n` shows, and how a configuration that cannot be measured ends."""

import re
from pathlib import Path

import pytest

from middlebench.experiment.config import load
from middlebench.experiment.grid import figure_points, grid_points
from middlebench.files.strict_yaml import read_yaml
from workspace import (
    REPOSITORY,
    copy_workflow,
    edit_config,
    job_counts,
    make_tiny,
    snakemake,
)

RECORD = re.compile(r"Missing output files: (results/\S+/points/\S+\.json)")
OVERLAYS = [None, *sorted((REPOSITORY / "testbeds").glob("*.yaml"))]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory) -> Path:
    """The workflow as it is shipped; tests do not change it."""
    return copy_workflow(tmp_path_factory.mktemp("shipped") / "workflow")


@pytest.fixture
def tiny(tmp_path) -> Path:
    """A workflow of three points that a test may change."""
    folder = copy_workflow(tmp_path / "workflow")
    edit_config(folder, make_tiny)
    return folder


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem if path else "default")
def test_every_shipped_configuration_lists_each_of_its_points_once(shipped, overlay):
    """A dry run names every point, and one line sums them up."""
    arguments = ["--configfile", str(overlay)] if overlay else []
    config = load(REPOSITORY / "config.yaml", *([overlay] if overlay else []))
    run = snakemake(shipped, "-n", *arguments)
    text = run.stdout + run.stderr
    assert run.returncode == 0, text
    listed = RECORD.findall(text)
    assert sorted(listed) == sorted(point.path for point in grid_points(config))
    assert len(re.findall(r"measuring \w+, \d+ B, \d+ flows, \d+ Mbit/s", text)) == len(listed)
    assert len(re.findall(r"^middlebench: \d+ points \(.*\d+ min", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("figure", ["fw_1500b", "fw_64b", "nat_1500b", "nat_64b"])
def test_the_thesis_figures_are_targets(shipped, figure):
    """Each of the four figures of thesis.md can be asked for, and needs its own points only."""
    run = snakemake(shipped, "-n", f"figures/{figure}.pdf")
    config = load(REPOSITORY / "config.yaml")
    listed = RECORD.findall(run.stdout + run.stderr)
    assert sorted(listed) == sorted(point.path for point in figure_points(config, figure))


@pytest.mark.parametrize("figure", ["testbed", "flow_tables"])
@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem if path else "default")
def test_figures_of_the_configuration_need_no_measurement(shipped, figure, overlay):
    """The testbed and the rules in use are drawn from what is here."""
    arguments = ["--configfile", str(overlay)] if overlay else []
    assert job_counts(shipped, f"figures/{figure}.pdf", *arguments) == {f"plot_{figure}": 1}


def without_rules(config):
    """Figures of a DUT that has no OpenFlow rules."""
    config["duts"]["token-bucket"] = {
        "capacity_pps": 500000,
        "bucket_packets": 32,
        "queue_packets": 512,
        "delay_us": 50,
        "pause_share": 0,
        "seed": 1,
    }
    for figure in config["figures"].values():
        figure |= {"dut": "token-bucket", "function": "forward"}


@pytest.mark.parametrize(
    ("figure", "change", "line"),
    [
        ("packet_sizes", lambda config: None, "packet_sizes.pcap: null, so there is no "),
        (
            "packet_sizes",
            lambda config: config["packet_sizes"].update(pcap="nosuch.pcap"),
            "packet_sizes.pcap: nosuch.pcap is no file, so there is no figures/packet_sizes.pdf; ",
        ),
        ("flow_tables", without_rules, "figures: none has a DUT with OpenFlow rules, so there "),
    ],
)
def test_a_figure_of_what_is_not_there_ends_with_one_line(tiny, figure, change, line):
    """It says what to set; by default such a figure is no target."""
    edit_config(tiny, change)
    run = snakemake(tiny, "-n", f"figures/{figure}.pdf")
    *_, last = run.stderr.splitlines()
    assert run.returncode == 1
    assert last.startswith(f"middlebench: {line}")
    assert "Traceback" not in run.stdout + run.stderr
    if "nosuch" not in line:
        assert f"plot_{figure}" not in job_counts(tiny)


def test_a_dry_run_leaves_nothing_behind(tiny):
    """No results, no figures, no merged configuration."""
    snakemake(tiny, "-n")
    assert not (tiny / "results").exists()
    assert not (tiny / "figures").exists()


def test_the_workflow_has_no_lint(shipped):
    """`snakemake --lint` finds nothing."""
    run = snakemake(shipped, "--lint")
    assert run.returncode == 0, run.stdout + run.stderr


def misspelt(config):
    """A typo in a key."""
    config["figures"]["nat_64b"]["frame_sice"] = 64


def too_small(config):
    """A frame that Ethernet does not know."""
    config["figures"]["nat_64b"]["frame_size"] = 63


def too_fast(config):
    """More than the link carries."""
    hardware = read_yaml(REPOSITORY / "testbeds/tallinn.yaml")["testbeds"]["tallinn"]
    config["testbeds"]["sandbox"] = hardware | {"link_mbit": 100}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (misspelt, "figures.nat_64b.frame_sice: unknown key (did you mean frame_size?); allowed: "),
        (too_small, "figures.nat_64b.frame_size: 63; allowed: an integer from 64 to 1518 "),
        (too_fast, "figures.nat_64b.rates_mbit.to: 200 is above line rate; allowed: at most 76 "),
    ],
)
def test_a_wrong_configuration_ends_with_one_line(tiny, change, line):
    """The line names key, value and what is allowed; status not 0; no traceback, no job."""
    edit_config(tiny, change)
    assert_one_line(snakemake(tiny, "-n"), f"middlebench: {line}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "config.yaml: is empty; allowed: keys"),
        ("- 1\n", "config.yaml: holds [1]; allowed: keys"),
        ("figures: [1\n", "config.yaml, line 2, column 1: not YAML: "),
        ("figures: {}\nfigures: {}\n", "config.yaml, line 2, column 1: the key figures stands"),
        ("1: 2\n", "configuration: 1 is no name; allowed: "),
    ],
)
def test_a_file_that_is_no_configuration_ends_with_one_line(tiny, text, line):
    """Bad syntax is told with its line, before Snakemake's own parser sees it."""
    (tiny / "config.yaml").write_text(text, encoding="utf-8")
    assert_one_line(snakemake(tiny, "-n"), f"middlebench: {line}")


def test_a_missing_configuration_ends_with_one_line(tiny):
    """Without config.yaml the line says so."""
    (tiny / "config.yaml").unlink()
    assert_one_line(snakemake(tiny, "-n"), "middlebench: config.yaml: cannot be read: ")


def test_values_of_the_command_line_are_checked_too(tiny):
    """`--config` and `--configfile` are laid over config.yaml and the result is checked."""
    (tiny / "mine.yaml").write_text("defaults: {repetitions: {min: 0}}\n", encoding="utf-8")
    line = "middlebench: defaults.repetitions.min: 0; allowed: an integer from 1 to "
    assert_one_line(snakemake(tiny, "-n", "--configfile", "mine.yaml"), line)
    assert_one_line(snakemake(tiny, "-n", "--config", "defaults={repetitions: {min: 0}}"), line)


def test_numbers_on_the_command_line_are_numbers(tiny):
    """Snakemake reads scalars inside braces as texts; here they are what YAML makes of them."""
    run = snakemake(
        tiny,
        "-n",
        "--config",
        "defaults={repetitions: {min: 2, max: 2}, durations: {window_ms: 50}}",
    )
    assert run.returncode == 0, run.stderr
    assert "middlebench: 6 points (nat_64b 4, fw_64b 2)" in run.stderr


def test_an_overlay_changes_only_what_it_names(tiny):
    """Two repetitions by an overlay double the points."""
    (tiny / "mine.yaml").write_text("defaults: {repetitions: {min: 2, max: 2}}\n", encoding="utf-8")
    run = snakemake(tiny, "-n", "--configfile", "mine.yaml")
    assert "middlebench: 6 points (nat_64b 4, fw_64b 2)" in run.stderr


def assert_one_line(run, start):
    """One line on stderr besides Snakemake's word about its profile, and no job."""
    lines = [line for line in run.stderr.splitlines() if not line.startswith("Using workflow")]
    assert run.returncode == 1
    assert "Job stats" not in run.stdout
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith(start)
