"""Which files are the program of each rule: its script, and what that imports.

Needs: nothing. Makes: nothing but .snakemake/middlebench/, what was found in the modules of the library; digests of
these files decide with what else is made again (kept.smk).
"""

import atexit

from middlebench.planning.rule_code import RuleCode
from middlebench.provenance.code import Code

CODE = Code(Path(SCRIPTS), "middlebench", Path(".snakemake/middlebench/modules.json"))
RULE_CODE = RuleCode(config, CODE, Path(SCRIPTS))
atexit.register(CODE.keep)


def code_line(rule_name, dut, testbed):
    """The program of a rule in one line, a digest a module; ends with one when it cannot be read."""
    with one_line_errors():
        return RULE_CODE.line(rule_name, dut, testbed)
