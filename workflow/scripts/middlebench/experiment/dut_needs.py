"""Whether a figure's DUT can be had: its software, what preparation gives it, its state."""

from collections.abc import Mapping

from middlebench.duts.registry import entry, most_connections
from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings
from middlebench.software.choice import is_chosen


def check_dut_software(config: Mapping, figure: str) -> None:
    """ConfigError when the figure's DUT is not there to be had, or lacks what preparation gives."""
    settings = figure_settings(config, figure)
    dut, testbed = settings["dut"], config["testbeds"][settings["testbed"]]
    program = entry(dut).software
    if program and not is_chosen(config, program):
        raise ConfigError(
            f"software.{program}: null; allowed: from: git with url and commit, or from: tarball "
            f"with version, sha256 and url or path, as figures.{figure} measures {dut}"
        )
    least, prepare = entry(dut).hugepages, testbed.get("prepare", {})
    pcap = program and config["software"][program].get("variant") == "pcap"
    if not pcap and prepare.get("hugepages", least) < least:
        raise ConfigError(
            f"testbeds.{settings['testbed']}.prepare.hugepages: {prepare['hugepages']}; allowed: "
            f"at least {least}, as figures.{figure} measures {dut}"
        )
    if pcap and any("interface" not in port for port in testbed["ports"]):
        raise ConfigError(
            f"testbeds.{settings['testbed']}.ports: without interface; allowed: the kernel's names "
            f"of the ports, as figures.{figure} measures {dut} with pcap"
        )


def check_connections(config: Mapping, figure: str) -> None:
    """ConfigError when the figure's DUT cannot hold as many connections as it has flows."""
    settings = figure_settings(config, figure)
    dut, flows = settings["dut"], max(settings["flows"])
    software = config["software"].get(entry(dut).software) or {}
    limit = most_connections(dut, config["duts"][dut], software)
    if limit and settings["protocol"] == "tcp" and flows > limit[0]:
        raise ConfigError(
            f"figures.{figure}.flows: {flows}; allowed: up to {limit[0]}, as {dut}'s {limit[1]}"
        )
