"""What of the code counts for a rule with this DUT on this testbed, and what does not."""

import pytest

from configurations import DEFAULT
from middlebench.errors import RecordError
from middlebench.experiment.config import load
from middlebench.planning.rule_code import RuleCode, entries, loaded_by_name
from middlebench.provenance.code import Code
from workspace import REPOSITORY

TALLINN = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")
SANDBOX = DEFAULT["testbeds"]["sandbox"]
ON_HOSTS = TALLINN["testbeds"]["tallinn"]
SCRIPTS = REPOSITORY / "workflow/scripts"


def rule_code(config, folder, scripts=SCRIPTS) -> RuleCode:
    """The programs of the workflow's rules; what is found is kept in `folder`."""
    return RuleCode(config, Code(SCRIPTS, "middlebench", folder / "kept"), scripts)


@pytest.mark.parametrize(
    ("dut", "testbed", "modules"),
    [
        (None, {}, []),
        (None, SANDBOX, ["loadgens.softgen"]),
        ("ovs-dpdk", SANDBOX, ["loadgens.softgen", "duts.ovs.sandbox"]),
        (
            "ovs-dpdk",
            ON_HOSTS,
            ["loadgens.moongen", "measuring.on_hosts", "hosts.ssh", "duts.ovs.hosts"],
        ),
    ],
    ids=["any", "generator", "sandbox", "hosts"],
)
def test_modules_are_those_of_this_dut_and_this_testbed(dut, testbed, modules):
    """Others are loaded for others."""
    assert loaded_by_name(dut, testbed) == modules


def test_a_sandbox_on_another_host_is_reached_over_ssh():
    """And then how is part of it."""
    assert "hosts.ssh" in loaded_by_name("ovs-dpdk", SANDBOX | {"host": {"address": "lab1"}})


def test_of_a_registry_only_the_own_entry_counts():
    """Not that of another DUT, and of a DUT not what its settings may be."""
    one, other = (entries(dut, SANDBOX) for dut in ("ovs-dpdk", "token-bucket"))
    assert set(one) == {"duts/registry", "generators"}
    assert one["generators"] == other["generators"]
    assert one["duts/registry"] != other["duts/registry"]
    assert "token_bucket" not in one["duts/registry"]
    assert "settings={}" in one["duts/registry"]
    assert entries(None, {}) == {}


def test_a_line_has_a_digest_a_module(tmp_path):
    """Of the rule's script and of all that it loads for this DUT."""
    code = rule_code(DEFAULT, tmp_path)
    line = code.line("measure_point", "ovs-dpdk", "sandbox")
    names = [word.partition(":")[0] for word in line.split()]
    assert {"measure_point", "duts/ovs/sandbox", "loadgens/softgen", "generators"} <= set(names)
    assert "duts/ovs/hosts" not in names
    assert "duts/ovs/sandbox" not in code.line("plan_points")


@pytest.mark.parametrize(
    "text",
    [None, b"def (:\n", b"x = \0\n", b"\xff\n"],
    ids=["missing", "no Python", "a zero", "no UTF-8"],
)
def test_a_script_that_cannot_be_read_is_told(tmp_path, text):
    """With the folder, for one line."""
    if text:
        (tmp_path / "measure_point.py").write_bytes(text)
    with pytest.raises(RecordError, match=str(tmp_path)):
        rule_code(DEFAULT, tmp_path, scripts=tmp_path).line("measure_point")
