"""Whether a figure's load is one that its DUT looks at, and whether its DUT can be had."""

from collections.abc import Mapping

from middlebench.duts.registry import entry
from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings, on_hosts
from middlebench.software.choice import RUNS, is_chosen

HUGEPAGES = {"mos": 1024}
"""What a DUT wants at least, of 2 MB."""


def check_protocol(config: Mapping, figure: str) -> None:
    """ConfigError in one line for UDP through what sees TCP alone: it would measure forwarding."""
    settings = figure_settings(config, figure)
    dut, function, protocol = (settings[key] for key in ("dut", "function", "protocol"))
    found = entry(dut, on_hosts(config["testbeds"][settings["testbed"]]))
    if protocol == "udp" and function in found.tcp_only:
        where = f"figures.{figure}" if "protocol" in config["figures"][figure] else "defaults"
        raise ConfigError(
            f"{where}.protocol: udp; allowed: tcp for {function} of {dut} (figures.{figure}), as "
            f"{dut} hands only TCP to its applications and forwards UDP untouched"
        )


def check_dut_software(config: Mapping, figure: str) -> None:
    """ConfigError when the figure's DUT is not there to be had, or lacks what preparation gives."""
    settings = figure_settings(config, figure)
    dut, testbed = settings["dut"], config["testbeds"][settings["testbed"]]
    program = RUNS.get(dut)
    if program and not is_chosen(config, program):
        raise ConfigError(
            f"software.{program}: null; allowed: from: git with url and commit, as "
            f"figures.{figure} measures {dut}"
        )
    least, prepare = HUGEPAGES.get(dut, 0), testbed.get("prepare", {})
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
