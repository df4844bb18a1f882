"""Which files are the program of each rule.

Needs: nothing. Makes: nothing; `code` is an input of every rule.
"""

from middlebench import duts

# The library modules that a rule's script imports, directly or not. They are inputs, compared by content: a
# changed module re-makes what depends on it and nothing else. tests/unit/test_code_lists.py keeps them complete.
# A DUT's own module is loaded by name, and an input only where this DUT is (see `code`).
CODE = {
    "build_dpdk": [
        "builds",
        "errors",
        "lifetime",
        "sandbox",
        "sources",
    ],
    "build_ovs": [
        "builds",
        "errors",
        "lifetime",
        "sandbox",
        "sources",
    ],
    "build_program": [
        "errors",
    ],
    "calibrate": [
        "assembly",
        "calibrate",
        "dut",
        "duts",
        "errors",
        "facts",
        "hosts",
        "lifetime",
        "pinning",
        "places",
        "record",
        "sandbox",
        "softgen",
        "ssh",
        "units",
    ],
    "check_function": [
        "assembly",
        "check",
        "check_frames",
        "dut",
        "duts",
        "errors",
        "hosts",
        "lifetime",
        "pinning",
        "places",
        "record",
        "sandbox",
        "softgen",
        "ssh",
        "units",
    ],
    "measure_point": [
        "assembly",
        "dut",
        "duts",
        "errors",
        "facts",
        "facts_hash",
        "hosts",
        "lifetime",
        "measure",
        "pinning",
        "places",
        "record",
        "sandbox",
        "softgen",
        "ssh",
        "units",
        "verdict",
    ],
    "prepare_dut": [
        "errors",
        "hosts",
        "inventory",
        "journal",
        "lifetime",
        "machine",
        "pci_ports",
        "prepare",
        "record",
        "sandbox",
        "ssh",
        "steps",
    ],
    "prepare_loadgen": [
        "errors",
        "hosts",
        "inventory",
        "journal",
        "lifetime",
        "machine",
        "moongen",
        "pci_ports",
        "prepare",
        "record",
        "sandbox",
        "ssh",
        "steps",
    ],
    "release": [
        "errors",
        "hosts",
        "journal",
        "lifetime",
        "machine",
        "pci_ports",
        "prepare",
        "sandbox",
        "ssh",
        "steps",
    ],
    "plan_repetitions": [
        "errors",
        "interval",
        "record",
        "repetitions",
        "units",
        "verdict",
    ],
    "aggregate_figure": [
        "aggregate",
        "errors",
        "interval",
        "knee",
        "record",
        "records_table",
        "units",
        "verdict",
    ],
    "aggregate_testbed": [
        "aggregate",
        "errors",
        "interval",
        "knee",
        "record",
        "records_table",
        "units",
        "verdict",
    ],
    "plot_series": [
        "errors",
        "holding",
        "interval",
        "plots/__init__",
        "plots/latency",
        "plots/layout",
        "plots/legend",
        "plots/lines",
        "plots/looks",
        "plots/marks",
        "plots/panels",
        "plots/regions",
        "plots/strips",
        "plots/style",
        "plots/words",
        "published",
        "record",
        "records_table",
        "units",
        "verdict",
    ],
    "packet_rates": [
        "aggregate",
        "errors",
        "interval",
        "knee",
        "published",
        "record",
        "records_table",
        "units",
        "verdict",
    ],
}


# What measuring on hosts with ports of their own needs besides: loaded by name, so that no sandbox depends on it.
ON_HOSTS_CODE = ["assembly_hosts", "moongen", "moongen_host", "run_folder"]


def code(rule_name, dut=None, testbed=None):
    """The files that make up the program of a rule: its script, its modules, its DUT's, and its testbed's."""
    on_hosts = testbed is not None and grid.on_hosts(config["testbeds"][testbed])
    modules = ["__init__", *CODE[rule_name], *(ON_HOSTS_CODE if on_hosts else [])]
    if dut:
        modules += [duts.entry(dut, on_hosts).module, *duts.entry(dut, on_hosts).more]
    return [f"{SCRIPTS}/{rule_name}.py", *(f"{SCRIPTS}/middlebench/{name}.py" for name in modules)]
