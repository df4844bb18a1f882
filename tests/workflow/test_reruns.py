"""What is made again after a change: exactly what depends on it.

Jobs are counted by `snakemake -n` after one real Snakemake run, so that its own record of inputs
and parameters is real; the scripts of that run only write their output files: nothing is measured.
"""

import shutil
from pathlib import Path

import pytest

from changes import configured, deleted, edited, touched
from middlebench.experiment.config import load
from middlebench.experiment.grid import grid_points, order
from workspace import TINY_FIGURES, edit_config, job_counts, snakemake

COMPARISON = {"compare_thesis": 1, "plot_comparison": 1}
PLOTS = {"plot_series": 2, "plot_comparison": 1}
TABLES = {"aggregate_figure": 2, "aggregate_testbed": 1, "compare_thesis": 1}
PLANS = {"plan_points": 2, **TABLES, **PLOTS}
POINTS = {"measure_point": 3, **PLANS}
CHECKS = {"check_function": 3, **POINTS}  # the thesis's NAT is checked and not measured
CALIBRATION = {"calibrate": 1, **POINTS}
EVERYTHING = {"calibrate": 1, **CHECKS}
SOFTGEN = {"build_program": 1, **EVERYTHING}
ONE_NAT_FIGURE = {"plan_points": 1, "aggregate_figure": 1, "aggregate_testbed": 1}
ONE_NAT_FIGURE |= {"plot_series": 1, **COMPARISON}
ONE_NAT_POINT = {"measure_point": 1, **ONE_NAT_FIGURE}
NAT_POINTS = {"measure_point": 2, **ONE_NAT_FIGURE}
NAT_CHECK = {"check_function": 1, **NAT_POINTS}
NAT_TCP = {"calibrate": 1, **NAT_CHECK}

SWITCH = {"build_ovs": 1, **CHECKS}
SWITCH_AND_DPDK = {"build_dpdk": 1, **SWITCH}

FLOW_TABLES, TESTBED = {"plot_flow_tables": 1}, {"plot_testbed": 1}
PICTURES = FLOW_TABLES | TESTBED

LIBRARY = "workflow/scripts/middlebench"
RULES = "workflow/middleboxes/open_vswitch"
ON_HOSTS = ("measuring/on_hosts", "testbeds/run_folder", "duts/ovs/hosts")

ANOTHER_PROCESSOR = edited(f"{LIBRARY}/processors.py", line='CPUINFO = Path("config.yaml")')
"""What is said of it is another text, as after a copy to another machine."""

CASES = {
    "nothing changed": (lambda folder: None, {}),
    "sources newer, same content": (touched, {}),
    "a comment in config.yaml": (edited("config.yaml"), {}),
    "colour": (configured("style", colour_loss="#000000"), PLOTS | PICTURES),
    "title": (configured("figures/nat_64b", title="NAT"), {"plot_series": 1}),
    "plot script": (edited("workflow/scripts/plot_series.py"), {"plot_series": 2}),
    "published numbers": (edited("workflow/reference/thesis.yaml"), {"compare_thesis": 1, **PLOTS}),
    "library: a comment, a docstring, an empty line": (
        edited(
            *(f"{LIBRARY}/{name}.py" for name in ("errors", "records/verdict")),
            line="\n# a comment",
        ),
        {},
    ),
    "library: plots only": (edited(f"{LIBRARY}/figures/drawing/style.py"), PLOTS | PICTURES),
    "library: drawings only": (edited(f"{LIBRARY}/figures/drawing/canvas.py"), PICTURES),
    "library: OpenFlow": (edited(f"{LIBRARY}/duts/ovs/openflow.py"), FLOW_TABLES),
    "library: wiring, with the same words": (edited(f"{LIBRARY}/experiment/wiring.py"), {}),
    "library: tables": (edited(f"{LIBRARY}/analysis/tables.py"), TABLES | PLOTS),
    "library: verdict": (edited(f"{LIBRARY}/records/verdict.py"), POINTS),
    "library: sandbox": (edited(f"{LIBRARY}/testbeds/sandbox.py"), EVERYTHING),
    "library: statistics": (edited(f"{LIBRARY}/analysis/knee.py"), PLANS),
    "library: this DUT": (edited(f"{LIBRARY}/duts/ovs/sandbox.py"), CHECKS),
    "library: the calibration's path": (edited(f"{LIBRARY}/duts/vhost_programs.py"), CALIBRATION),
    "library: any Open vSwitch": (edited(f"{LIBRARY}/duts/ovs/switch.py"), CHECKS),
    "library: hosts with ports of their own": (
        edited(
            *(
                f"{LIBRARY}/{name}.py"
                for name in ("measuring/on_hosts", "testbeds/run_folder", "duts/ovs/hosts")
            )
        ),
        {},
    ),
    "library: this generator": (edited(f"{LIBRARY}/loadgens/softgen.py"), EVERYTHING),
    "a generator that nothing uses": (
        edited("workflow/loadgens/moongen/middlebench.lua", f"{LIBRARY}/loadgens/moongen.py"),
        {},
    ),
    "a generator more": (
        edited(f"{LIBRARY}/generators.py", line='GENERATORS["more"] = GENERATORS[IN_A_SANDBOX]'),
        PLANS,  # these read records of any generator
    ),
    "another entry of this generator": (
        edited(f"{LIBRARY}/generators.py", line='GENERATORS["softgen"] = GENERATORS["moongen"]'),
        EVERYTHING | TESTBED,  # its picture has the title
    ),
    "library: which points are repeated": (edited(f"{LIBRARY}/analysis/repetitions.py"), PLANS),
    "library: which points follow": (edited(f"{LIBRARY}/analysis/sweep.py"), PLANS),
    "measuring script": (edited("workflow/scripts/measure_point.py"), POINTS),
    "a calibration deleted": (
        deleted("results/sandbox/calibration/vhost-user/64b_10flows.json"),
        {},
    ),
    "points deleted": (deleted("results/sandbox/points"), POINTS),
    "points and tables deleted": (deleted("results/sandbox/points", "figures"), POINTS | PICTURES),
    "one rate more": (
        configured("figures/nat_64b", rates_mbit={"from": 100, "to": 300, "step": 100}),
        ONE_NAT_POINT,
    ),
    "one rate less": (
        configured("figures/nat_64b", rates_mbit={"from": 100, "to": 100, "step": 100}),
        ONE_NAT_FIGURE,
    ),
    "one figure with TCP": (configured("figures/nat_64b", protocol="tcp"), NAT_TCP),
    "all with UDP, as it was": (configured("defaults", protocol="udp"), {}),
    "nat.flows": (edited(f"{RULES}/nat.flows"), NAT_CHECK | FLOW_TABLES),
    "a program that nothing uses": (
        edited("workflow/middleboxes/token_bucket/token_bucket.c"),
        {},
    ),
    "rules that nothing uses": (edited(f"{RULES}/forward.flows"), {}),
    "rules that are only checked": (
        edited(f"{RULES}/nat_thesis.flows"),
        {"check_function": 1, **COMPARISON},
    ),
    "library: comparison": (edited(f"{LIBRARY}/analysis/comparison.py"), COMPARISON),
    "library: cost, but no ladder": (edited(f"{LIBRARY}/analysis/cost.py"), {}),
    "softgen source": (edited("workflow/loadgens/softgen/main.c"), SOFTGEN),
    "softgen header": (edited("workflow/loadgens/softgen/gate.h"), SOFTGEN),
    "softgen Makefile": (edited("workflow/loadgens/softgen/Makefile"), SOFTGEN),
    "SNAT address": (
        configured("duts/ovs-dpdk", snat_address="203.0.113.1"),
        NAT_CHECK | FLOW_TABLES | {"check_function": 2},  # the thesis's NAT too
    ),
    "another machine": (
        configured("testbeds/sandbox", host={"address": "lab1"}),
        SOFTGEN | TESTBED,  # softgen for any processor
    ),
    "another processor": (ANOTHER_PROCESSOR, {}),
    "another processor, and points deleted": (
        lambda folder: (
            ANOTHER_PROCESSOR(folder),
            deleted("results/sandbox/points")(folder),
        ),
        {"build_program": 1, **POINTS},
    ),
    "frame size classes of no capture": (configured("packet_sizes", small_max=64), {}),
    "memory": (configured("duts/ovs-dpdk", memory_mb=600), CHECKS),
    "warm-up": (configured("defaults/durations", warmup_ms=101), CALIBRATION),
    "warm-up of one figure": (
        configured("figures/nat_64b", durations={"warmup_ms": 101}),
        NAT_POINTS,
    ),
    "gating": (configured("gating", slice_us=500), CALIBRATION),
    "gating off": (configured("testbeds/sandbox", gate=False), CALIBRATION),
    "calibration": (configured("calibration", repetitions=4), CALIBRATION),
    "verdict limit": (configured("verdict", max_loss_ratio=0.01), POINTS),
    "a failure becomes expected": (
        configured("expected_failures", nat=["reply_translated"]),
        NAT_CHECK,
    ),
    "a failure becomes expected, and a colour": (
        lambda folder: (
            configured("expected_failures", nat=["reply_translated"])(folder),
            configured("style", colour_loss="#000000")(folder),
        ),
        NAT_CHECK | PLOTS | PICTURES,
    ),
    "a failure of another function": (configured("expected_failures", firewall=[]), {}),
    "repetitions": (configured("figures/nat_64b", repetitions={"min": 2, "max": 2}), NAT_POINTS),
    "a retry, if need be": (
        configured("figures/nat_64b", repetitions={"retries": 1}),
        ONE_NAT_FIGURE,
    ),
}


TARBALL = {"from": "tarball", "version": "3.1.0", "sha256": "0" * 64, "path": "x.tar.gz"}
DISTRIBUTION = {"from": "distribution"}
GIT = {"from": "git", "url": "https://example.org/x", "commit": "0" * 40}

CASES |= {
    "a switch of one's own": (configured("software", ovs=TARBALL), SWITCH),
    "with a DPDK of its own": (configured("software", ovs=TARBALL, dpdk=GIT), SWITCH_AND_DPDK),
    "an mOS that nothing measures": (configured("software", mos=GIT), {}),
    "library: builds, but nothing is built": (edited(f"{LIBRARY}/software/builds.py"), {}),
}

BUILT_CASES = {
    "nothing changed": (lambda folder: None, {}),
    "sources newer, same content": (touched, {}),
    "the distribution's again": (
        configured("software", ovs=DISTRIBUTION, dpdk=DISTRIBUTION),
        CHECKS,
    ),
    "version of Open vSwitch": (configured("software/ovs", version="3.1.1"), SWITCH),
    "hash of Open vSwitch": (configured("software/ovs", sha256="1" * 64), SWITCH),
    "option of Open vSwitch": (configured("software/ovs", options=["CFLAGS=-O3"]), SWITCH),
    "commit of DPDK": (configured("software/dpdk", commit="1" * 40), SWITCH_AND_DPDK),
    "drivers of DPDK": (configured("software/dpdk", drivers=["net/vhost"]), SWITCH_AND_DPDK),
    "another place of the same sources": (
        lambda folder: (
            configured("software/ovs", path="y.tar.gz")(folder),
            configured("software/dpdk", url="https://example.org/y")(folder),
        ),
        {},
    ),
    "library: builds": (edited(f"{LIBRARY}/software/builds.py"), SWITCH_AND_DPDK),
    "script of Open vSwitch's build": (edited("workflow/scripts/build_ovs.py"), SWITCH),
    "library: this DUT": (edited(f"{LIBRARY}/duts/ovs/sandbox.py"), CHECKS),
    "softgen source": (edited("workflow/loadgens/softgen/main.c"), SOFTGEN),
}


@pytest.fixture(scope="module")
def finished_built(finished, tmp_path_factory) -> Path:
    """The same after a complete run with an Open vSwitch and a DPDK that were built."""
    folder = tmp_path_factory.mktemp("built") / "workflow"
    shutil.copytree(finished, folder, symlinks=True)
    configured("software", ovs=TARBALL, dpdk=GIT)(folder)
    run = snakemake(folder, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


ALIKE = {
    *("softgen header", "softgen Makefile", "library: which points follow", "gating off"),
    *("rules that nothing uses", "a program that nothing uses", "a generator that nothing uses"),
    *("library: builds, but nothing is built", "frame size classes of no capture"),
    *("hash of Open vSwitch", "option of Open vSwitch", "drivers of DPDK"),
}
"""Rows of which another one tells nearly the same: slow."""


def rows(cases):
    """The rows of a table as parameters."""
    return [
        pytest.param(*case, id=name, marks=[pytest.mark.slow] if name in ALIKE else [])
        for name, case in cases.items()
    ]


@pytest.mark.parametrize(("change", "jobs"), rows(BUILT_CASES))
def test_a_change_rebuilds_what_depends_on_it_only(finished_built, tmp_path, change, jobs):
    """With built software: the same, in a folder that has moved."""
    folder = Path(shutil.copytree(finished_built, tmp_path / "moved", symlinks=True))
    change(folder)
    assert job_counts(folder) == jobs


def test_builds_live_side_by_side(finished_built, tmp_path):
    """Another version is built beside the first; going back builds nothing."""
    folder = Path(shutil.copytree(finished_built, tmp_path / "workflow", symlinks=True))
    configured("software/ovs", version="3.1.1")(folder)
    run = snakemake(folder, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(list((folder / "results/software/ovs").iterdir())) == 2
    configured("software/ovs", version="3.1.0")(folder)
    assert job_counts(folder) == CHECKS


def test_a_build_that_the_configuration_does_not_name_is_no_target(finished):
    """Its name says the options, so these cannot be others."""
    target = "results/software/ovs/3.1.0-00000000/manifest.json"
    run = snakemake(finished, "-n", target)
    assert run.returncode != 0
    assert "MissingRuleException" in run.stdout + run.stderr


@pytest.mark.parametrize(("change", "jobs"), rows(CASES))
def test_a_change_reruns_what_depends_on_it_only(workflow, change, jobs):
    """After each change exactly these jobs would run."""
    change(workflow)
    assert job_counts(workflow) == jobs


def test_an_added_figure_measures_only_its_own_points(workflow):
    """A new figure that shares points with an old one measures only what is missing."""
    added = TINY_FIGURES["nat_64b"] | {"rates_mbit": {"from": 100, "to": 400, "step": 100}}
    edit_config(workflow, lambda config: config["figures"].update(nat_wide=added))
    assert job_counts(workflow) == ONE_NAT_FIGURE | {"measure_point": 2}


def test_a_capture_is_counted_once(workflow):
    """Its figure is drawn anew for other classes; it is counted anew when it changes."""
    (workflow / "x.pcap").write_bytes(b"one")
    configured("packet_sizes", pcap="x.pcap")(workflow)
    both = {"count_packet_sizes": 1, "plot_packet_sizes": 1}
    assert job_counts(workflow) == both
    run = snakemake(workflow, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    configured("packet_sizes", small_max=64)(workflow)
    assert job_counts(workflow) == {"plot_packet_sizes": 1}
    (workflow / "x.pcap").write_bytes(b"another")
    assert job_counts(workflow) == both


def test_one_figure_leaves_the_others_alone(workflow):
    """With all results gone, one figure's target measures this figure's points and no others."""
    for made in ("results", "figures", ".snakemake"):
        shutil.rmtree(workflow / made)
    counts = job_counts(workflow, "figures/fw_64b.pdf")
    assert counts == {
        "build_program": 1,
        "calibrate": 1,
        "check_function": 1,
        "measure_point": 1,
        "plan_points": 1,
        "aggregate_figure": 1,
        "plot_series": 1,
    }


def test_points_run_in_the_order_that_the_seed_gives(finished):
    """Records are made in the shuffled order of the grid, across series."""
    config = load(finished / "config.yaml")
    points = sorted(grid_points(config), key=lambda p: order(p, config["defaults"]["seed"]))
    made = sorted((finished / "results").rglob("*mbit_*.json"), key=lambda p: p.stat().st_mtime)
    assert [str(path.relative_to(finished)) for path in made] == [point.path for point in points]


def test_the_merged_configuration_lies_beside_the_results(finished):
    """results/<testbed>/config.yaml holds what the run was told, and validates as it stands."""
    assert load(finished / "results/sandbox/config.yaml") == load(finished / "config.yaml")
