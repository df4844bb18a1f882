"""Whether a figure's DUT can be had: its software, and what preparation gives it."""

from collections.abc import Mapping

from middlebench.duts.registry import entry
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
            f"software.{program}: null; allowed: from: git with url and commit, as "
            f"figures.{figure} measures {dut}"
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
