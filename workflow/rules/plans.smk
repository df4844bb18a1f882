"""Which records a figure has: those of its first rates, then those that its plans add, round by round.

Needs: nothing. Makes: nothing; the checkpoint is plan_points.
"""

from itertools import count

from middlebench.errors import RecordError, one_line_errors
from middlebench.records.job_files import read_plan


def figure_table(figure, table):
    """The path of a figure's points.csv, rates.csv, series.csv or sweep.csv."""
    return f"results/{grid.figure_settings(config, figure)['testbed']}/figures/{figure}/{table}.csv"


def figure_plans(figure, before=None):
    """The plans of a figure's sweep: from that of round 2 to the first that asks for nothing more.

    Or to that `before` a round. Raises Snakemake's exception for a checkpoint while a plan is still
    to be made.
    """
    testbed = grid.figure_settings(config, figure)["testbed"]
    plans = []
    for round in range(2, before) if before else count(2):
        where = {"testbed": testbed, "figure": figure, "round": round}
        path = checkpoints.plan_points.get(**where).output.plan
        with one_line_errors():
            plans.append((path, read_plan(path)["more"]))
        if not plans[-1][1]:
            break
    return plans


def figure_records(figure, before=None):
    """The records of a figure's points: those of the first round, then what each plan adds."""
    first = [point.path for point in grid.figure_points(config, figure)]
    return first + [path for _, more in figure_plans(figure, before) for path in more]


def last_plan(figure):
    """The plan that asks for nothing more: it says what became of each rate."""
    return figure_plans(figure)[-1][0]


def is_waiting(figure):
    """Does a plan that is there ask for records, and the plan made from them is not there?"""
    folder = Path(figure_table(figure, "plan")).with_suffix("")
    for round in count(2):
        path = folder / f"{round}.json"
        if not path.exists():
            return round > 2
        try:
            if not read_plan(path)["more"]:
                return False
        except RecordError:
            return False  # it is made again, and all that follows it


def after_plans(pattern, figures):
    """An input function that names no input: the output `pattern` is made again while plans follow.

    Snakemake, which takes a file that is there for up to date while a checkpoint before it is not
    made, would else end too early (its issue 727).
    """

    def look(wildcards):
        if any(map(is_waiting, figures(wildcards))):
            workflow.dag.forcefiles.add(pattern.format(**dict(wildcards.items())))
        return []

    return look


def record_paths(figures):
    """The records of all points of some figures, each once."""
    return list(dict.fromkeys(path for figure in figures for path in figure_records(figure)))
