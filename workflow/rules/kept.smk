"""What is kept and what is made again: by content, never by date.

Needs: nothing. Makes: nothing; what is made again is in the plan of the run.

A check, a calibration, a point and a plan say in their files what they were made from. Where that is what is wanted
now they are kept, wherever they came from; where it is not, Snakemake is told to make them again, in words. What else
there is (figures, tables) has what it is made from as a parameter, which Snakemake keeps; made again where it does not.
"""

from functools import cache

from snakemake.io import IOFile

from middlebench.planning.lacking import lacking, lacking_lines
from middlebench.planning.remaking import Fits, Remaking, made_without_points

ON_THE_GRAPH = {"--report", "--dag", "--rulegraph", "--filegraph", "--d3dag", "--delete-all-output"}
WHOLE_GRAPH = not ON_THE_GRAPH.isdisjoint(sys.argv)


def say(line):
    """Print a line once, whatever processes of this run read the rules too."""
    if workflow.is_main_process:
        print(line, file=sys.stderr)


REMAKING = Remaking(lambda: workflow.dag.forcefiles, say)


def fits(pattern, made_from, settings=None):
    """A function of wildcards: does the output `pattern` fit?  What does not is made again."""
    fit = Fits(REMAKING, pattern, made_from, settings)

    def look(wildcards):
        remake_what_nobody_knows()
        return fit(wildcards)

    return look


def inputs(fit, dated={}, **files):
    """An input function, to be unpacked: files by name, each a pattern or a function of wildcards.

    They say nothing while the output fits, and need not be made; those in `dated` always do. One function
    for all of them, as Snakemake takes longer to call one than it runs.
    """

    @asked_often
    def named(wildcards):
        fitting, filled = fit(wildcards), dict(wildcards.items())
        found = {name: of(wildcards) for name, of in dated.items()}
        for name, of in files.items():
            paths = of(wildcards) if callable(of) else of.format(**filled)
            if fitting:
                paths = settled(paths) if isinstance(paths, str) else list(map(settled, paths))
            found[name] = paths
        return found

    return named


def settled(path):
    """A path for which Snakemake looks neither at the date nor for a rule.

    Were the rule there too, and run, Snakemake would look for no other reasons downstream of it, and
    find none here. Who asks for the graph of rules gets it whole.
    """
    if WHOLE_GRAPH or not os.path.exists(path):
        return ancient(path)
    return before_update(ancient(path))


def judged(fit):
    """An input function that names no input and has the output made again when it does not fit."""

    def look(wildcards):
        fit(wildcards)
        return []

    return look


def say_what_is_missing():
    """Say which DUTs cannot be measured here; then the others are, as with --keep-going."""
    if workflow.is_main_process:
        figures = asked.for_targets(config, sorted(workflow.dag_settings.targets))
        missing = lacking(config, figures)
        there = [f for f in figures if grid.figure_settings(config, f)["dut"] not in missing]
        sys.stderr.writelines(f"{line}\n" for line in lacking_lines(missing, len(there)))
        if missing and there:
            workflow.execution_settings.keep_going = True


@cache
def remake_what_nobody_knows():
    """Have those figures and tables made again that Snakemake keeps no parameters of."""
    say_what_is_asked()
    say_what_is_missing()
    made = made_without_points(config["testbeds"], map(program_path, PROGRAMS))
    workflow.dag.forcefiles.update(
        str(path) for path in made if workflow.persistence.metadata(IOFile(str(path))) is None
    )


def known(wildcards):
    """An input function that names no input, for figures without a measurement: see above."""
    remake_what_nobody_knows()
    return []
