"""Which records a figure has: those of its first rates, then those that its plans add, round by round.

Needs: nothing. Makes: nothing; the checkpoint is plan_points.
"""

from itertools import count


def figure_table(figure, table):
    """The path of a figure's points.csv, rates.csv, series.csv or sweep.csv."""
    return f"results/{grid.figure_settings(config, figure)['testbed']}/figures/{figure}/{table}.csv"


def asked_for(path):
    """The records that a plan asks for; ends with one line when it is no plan."""
    with one_line_errors():
        try:
            return json.loads(Path(path).read_bytes())["more"]
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(
                f"{path}: no plan of ours: delete it, and it is made again"
            ) from error


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
        plans.append((path, asked_for(path)))
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


def made_from_records(figure):
    """All that is made from the records of a figure: no longer true when a plan adds some.

    The plan removes it, so that it is made again: Snakemake, which sees a file that is there as up to
    date while a checkpoint before it is not made, would else end too early (its issue 727).
    """
    testbed = grid.figure_settings(config, figure)["testbed"]
    drawn = figure in drawn_figures(config)
    tables = ("points", "rates", "series", "disturbance")
    tables = (*tables, "thesis_comparison" if drawn else "cost")
    pictures = (figure, "thesis_comparison") if drawn else ("nat_cost",)
    return [
        *(figure_table(figure, table) for table in ("points", "rates", "series", "sweep")),
        *(f"results/{testbed}/{table}.csv" for table in tables),
        *(f"figures/{name}.{form}" for name in pictures for form in ("pdf", "png")),
        *shown_from_records(testbed, figure),
    ]


def record_paths(figures):
    """The records of all points of some figures, each once."""
    return list(dict.fromkeys(path for figure in figures for path in figure_records(figure)))
