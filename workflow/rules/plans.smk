"""Which records a figure has: those of its first rates, then those that its plans add, round by round.

Needs: nothing. Makes: nothing; the checkpoint is plan_points.
"""

from itertools import count

from middlebench.errors import one_line_errors
from middlebench.planning.wholeness import first_missing
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


def first_records(figure):
    """The records of a figure's points that are measured in any case."""
    return [point.path for point in grid.figure_points(config, figure)]


def figure_records(figure, before=None):
    """The records of a figure's points: those of the first round, then what each plan adds."""
    plans = figure_plans(figure, before)
    return first_records(figure) + [path for _, more in plans for path in more]


def sweep_plans(figures):
    """All plans of some figures: the last of each says what became of each rate."""
    return [path for figure in figures for path, _ in figure_plans(figure)]


def missing_of(figure):
    """The first record or plan of a figure's sweep that is not there, or does not fit; or None."""
    testbed = grid.figure_settings(config, figure)["testbed"]
    return first_missing(
        first_records(figure),
        lambda round: paths.PLAN.format(testbed=testbed, figure=figure, round=round),
        lambda records: MADE_FROM.plan(figure, records),
    )


def after_sweeps(pattern, figures):
    """An input function that names no input: the output `pattern` is made again, and what it needs,
    while the sweep of a figure is not whole.
    """

    def look(wildcards):
        gone = next(filter(None, map(missing_of, figures(wildcards))), None)
        output = pattern.format(**dict(wildcards.items()))
        if gone:
            REMAKING.makes(output, "not all of a sweep is there", gone)
        return []

    return look


def after_files(pattern, files):
    """The same while one of some files is gone that are no sweep's."""

    def look(wildcards):
        gone = next((path for path in files if not os.path.exists(path)), None)
        if gone:
            output = pattern.format(**dict(wildcards.items()))
            REMAKING.makes(output, "not all that it is made from is there", gone)
        return []

    return look


def record_paths(figures):
    """The records of all points of some figures, each once."""
    return list(dict.fromkeys(path for figure in figures for path in figure_records(figure)))
