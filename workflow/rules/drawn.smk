"""What the figures that need no measurement are drawn from (see pictures.smk).

Needs: nothing; no file is read while rules are. Makes: nothing.
"""

from types import SimpleNamespace

from middlebench.errors import ConfigError
from middlebench.experiment.wiring import wiring
from middlebench.functions import of_configuration


def pictures():
    """The figures of this file that the configuration allows."""
    allowed = {"packet_sizes": config["packet_sizes"]["pcap"], "flow_tables": rule_files()}
    return ["testbed", *(figure for figure, there in allowed.items() if there)]


def rule_files():
    """The OpenFlow rules of the drawn figures: path -> the settings of their DUT in them."""
    found = {}
    for figure in drawn_figures(config):
        settings = grid.figure_settings(config, figure)
        dut, function = settings["dut"], settings["function"]
        path = dut_program(SimpleNamespace(dut=dut, function=function))
        if path.endswith(".flows"):
            translates = of_configuration(config)[function].translates
            known = config["duts"][dut] if translates else {}
            found.setdefault(path, {k: v for k, v in known.items() if k == "snat_address"})
    return found


def drawn_rules(wildcards):
    """The paths of the rules in use; ends with one line when there are none."""
    with one_line_errors():
        if not rule_files():
            raise ConfigError(
                "figures: none has a DUT with OpenFlow rules, so there is no "
                "figures/flow_tables.pdf; allowed: for example dut: ovs-dpdk"
            )
    return list(rule_files())


def captured(wildcards):
    """The capture that the configuration names; ends with one line when there is none."""
    pcap = config["packet_sizes"]["pcap"]
    with one_line_errors():
        if pcap is None or not Path(pcap).is_file():
            why = "null" if pcap is None else f"{pcap} is no file"
            raise ConfigError(
                f"packet_sizes.pcap: {why}, so there is no figures/packet_sizes.pdf; "
                "allowed: a capture file, pcap or pcapng, either with gzip"
            )
        if re.search(r"[{}]|<[a-z]\w*>", pcap):
            raise ConfigError(
                f"packet_sizes.pcap: {pcap}; allowed: a path without braces and <name>, which Snakemake fills"
            )
    return pcap
