"""Which files are the program of each rule: its script, and what that imports.

Needs: nothing. Makes: nothing but .snakemake/middlebench/, what was found in the modules of the library; digests of
these files decide with what else is made again (kept.smk).
"""

import atexit

from middlebench.addresses import host_settings, is_here
from middlebench.provenance.code import Code

CODE = Code(Path(SCRIPTS), "middlebench", Path(".snakemake/middlebench/modules.json"))
atexit.register(CODE.keep)


def loaded_by_name(dut, testbed):
    """The modules that no script imports: what only this DUT, or only this testbed with its generator, needs."""
    about = config["testbeds"][testbed] if testbed else {}
    modules = [GENERATORS[generator_of(about)].module] if dut or testbed else []
    on_hosts = grid.on_hosts(about)
    if dut and on_hosts:
        modules.append("measuring.on_hosts")
    sides = (host_settings(about, role) for role in ("dut", "loadgen"))
    if not all(map(is_here, sides)):
        modules.append("hosts.ssh")
    if dut:
        modules.append(registry.implementation(dut, on_hosts).module)
    return modules


def entries(dut, testbed):
    """By the name of a registry the entry that counts for what this DUT or this testbed is in; others do not."""
    about = config["testbeds"][testbed] if testbed else {}
    found = {"generators": repr(GENERATORS[generator_of(about)])} if dut or testbed else {}
    return found | (
        {"duts/registry": repr(registry.entry(dut)._replace(settings={}))} if dut else {}
    )


def code(rule_name, dut=None, testbed=None):
    """The files that make up the program of a rule: its script, its modules, its DUT's, and its testbed's."""
    return CODE.closure(Path(SCRIPTS, f"{rule_name}.py"), *loaded_by_name(dut, testbed))
