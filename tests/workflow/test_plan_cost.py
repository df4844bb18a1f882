"""What `snakemake -n` takes of a CPU stays near to what Snakemake takes for as many jobs alone."""

import pytest

from plan_cost import bare_workflow, copy_results, large_workflow, measure_all, plan_cost

POINTS = 1000
MOST = 2.5
"""Times the bare Snakefile, start of Python included: today 1.1 to 1.4. A job that costs us five
times as much as Snakemake comes to 4."""


@pytest.mark.slow
def test_a_plan_of_many_points_costs_little_more_than_snakemake_itself(tmp_path):
    """Nothing is there yet: every point is a job."""
    ours, bare = large_workflow(tmp_path / "ours", POINTS), bare_workflow(tmp_path / "bare", POINTS)
    ours_s, bare_s, _ = plan_cost(ours, bare, rounds=2)
    assert f"measure_point         {POINTS}" in (ours / "said.log").read_text()
    assert ours_s < MOST * bare_s


@pytest.mark.slow
def test_a_plan_with_all_records_there_costs_little_more_than_snakemake_itself(tmp_path):
    """All records fit: each is read for that, and no point is a job."""
    ours = large_workflow(tmp_path / "ours", POINTS)
    bare = bare_workflow(tmp_path / "bare", POINTS, measured=True)
    measure_all(ours)
    copy_results(ours, bare)
    ours_s, bare_s, _ = plan_cost(ours, bare, rounds=2)
    for folder in (ours, bare):
        said = (folder / "said.log").read_text()
        assert "aggregate_testbed" in said
        assert "\nmeasure_point" not in said
    assert ours_s < MOST * bare_s
