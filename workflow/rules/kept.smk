"""What is kept and what is made again: by content, never by date.

Needs: nothing. Makes: nothing; what is made again is in the plan of the run.

A check, a calibration, a point and a plan say in their files what they were made from. Where that is what is wanted
now they are kept, wherever they came from; where it is not, Snakemake is told to make them again, in words. What else
there is (figures, tables) has what it is made from as a parameter, which Snakemake keeps; made again where it does not.
"""

from functools import cache

from snakemake.io import IOFile

from middlebench.errors import RecordError
from middlebench.provenance.keeping import misfit

ON_THE_GRAPH = {"--report", "--dag", "--rulegraph", "--filegraph", "--d3dag", "--delete-all-output"}
WHOLE_GRAPH = not ON_THE_GRAPH.isdisjoint(sys.argv)

FORCED = set()
"""What does not fit and is made again in this run."""

SAID = set()
"""The reasons that were said."""


def fits(pattern, made_from, settings=None):
    """A function of wildcards: does the output `pattern` fit?  What does not is made again."""
    looked = {}

    def look(wildcards):
        remake_what_nobody_knows()
        path = Path(pattern.format(**dict(wildcards.items())))
        if not path.is_file():
            return False
        wanted = made_from(wildcards)
        state = (path.stat().st_mtime_ns, path.stat().st_ino, wanted)
        if looked.get(path, (None,))[0] != state:
            told = json.loads(settings(wildcards)) if settings else None
            looked[path] = (state, keep_or_remake(path, wanted, told))
        return looked[path][1]

    return look


def undated(fit, files):
    """An input function: files that say nothing while the output fits, and need not be made."""

    def named(wildcards):
        paths = files(wildcards) if callable(files) else files.format(**dict(wildcards.items()))
        if not fit(wildcards):
            return paths
        return settled(paths) if isinstance(paths, str) else list(map(settled, paths))

    return named


def settled(path):
    """A path for which Snakemake looks neither at the date nor for a rule.

    Were the rule there too, and run, Snakemake would look for no other reasons downstream of it, and
    find none here. Who asks for the graph of rules gets it whole.
    """
    if WHOLE_GRAPH or not Path(path).exists():
        return ancient(path)
    return before_update(ancient(path))


def judged(fit):
    """An input function that names no input and has the output made again when it does not fit."""

    def look(wildcards):
        fit(wildcards)
        return []

    return look


@cache
def remake_what_nobody_knows():
    """Have those figures and tables made again that Snakemake keeps no parameters of."""
    made = [Path("report.html"), *Path("figures").glob("*.*"), *Path("results").glob("*.csv")]
    for program in PROGRAMS:
        made += Path(program_path(program)).parent.glob("*")
    for testbed in config["testbeds"]:
        for kind in ("*.csv", "figures/*/*.csv", "figures/*/*.rst", "report/**/*.*"):
            made += Path("results", testbed).glob(kind)
    workflow.dag.forcefiles.update(
        str(path)
        for path in made
        if path.is_file() and workflow.persistence.metadata(IOFile(str(path))) is None
    )


def known(wildcards):
    """An input function that names no input, for figures without a measurement: see above."""
    remake_what_nobody_knows()
    return []


def keep_or_remake(path, wanted, settings):
    """Does a file fit?  If not, tell Snakemake to make it again, and say why, once a reason."""
    try:
        why, whose = misfit(path, wanted, settings), f" ({path} is the first)"
    except RecordError as error:
        why, whose = str(error), ""
    if why is None:
        if str(path) in FORCED:  # made in this run
            workflow.dag.forcefiles.discard(str(path))
        return True
    workflow.dag.forcefiles.add(str(path))
    FORCED.add(str(path))
    if why not in SAID and workflow.is_main_process:
        SAID.add(why)
        print(f"middlebench: made again: {why}{whose}", file=sys.stderr)
    return False
