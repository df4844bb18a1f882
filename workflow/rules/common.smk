"""Shared by the other files: the configuration's check, and what Snakemake does before and after jobs.

Needs: nothing but this repository; no host is contacted while rules are read.
Makes: nothing, except results/<testbed>/config.yaml (the merged configuration) when jobs start.
"""

import os
import re
import sys
from functools import cache
from pathlib import Path
from time import time

SCRIPTS = "workflow/scripts"
REFERENCE = "workflow/reference/thesis.yaml"
sys.path.insert(0, str(Path(workflow.basedir) / SCRIPTS))

from snakemake.sourcecache import LocalSourceFile

from middlebench.errors import one_line_errors
from middlebench.experiment import estimate, grid
from middlebench.experiment.config import OTHER_FIGURES
from middlebench.experiment.ladder import drawn_figures
from middlebench.files.strict_yaml import read_yaml
from middlebench.hosts.lock import OWNER_VARIABLE, end_at_first_interrupt
from middlebench.planning import asked, configuration, folder
from middlebench.planning.given import given, read_strictly
from middlebench.planning.messages import FRAMES
from middlebench.planning.speed import asked_often, collect_garbage_seldom
from middlebench.planning.targets import check_targets

read_strictly()
collect_garbage_seldom()

# Snakemake fills {names} into the paths of scripts and captions: ours have none, the clone's folder may.
LocalSourceFile.format = lambda self, **kwargs: self


def readable(path):
    """The path itself, when it can be read: Snakemake does without one that is missing."""
    with one_line_errors():
        read_yaml(path)
    return path


def begin_in_folder():
    """End with one line in a folder that cannot be used; take over from a run that was killed there."""
    with one_line_errors():
        folder.check_folder(workflow.basedir)
    if workflow.is_main_process and not workflow.output_settings.dryrun:
        end_at_first_interrupt()
        return folder.take_over()


def check_configuration():
    """End with one line when the merged configuration cannot be measured."""
    with one_line_errors():
        said = given(workflow.overwrite_configfiles, workflow.config_settings.config_args)
        left_out = configuration.complete(config, read_yaml("config.yaml"), said)
    if workflow.is_main_process:
        sys.stderr.writelines(f"{line}\n" for line in left_out)
        os.environ[OWNER_VARIABLE] = str(os.getpid())


def check_what_is_asked():
    """End with one line for a target that nothing makes; to be called when all files are read."""
    if workflow.is_main_process:
        with one_line_errors():
            check_targets(sys.argv[1:], workflow, config, OTHER_FIGURES)


@cache
def say_what_is_asked():
    """Say once what of the grid is asked for: known when Snakemake plans, and not before."""
    if workflow.is_main_process:
        targets = sorted(workflow.dag_settings.targets)
        figures, turns = asked.for_targets(config, targets), asked.comparisons_for(config, targets)
        searched, parts = asked.throughput_for(config, targets), asked.league_for(config, targets)
        there = not any(map(missing_of, figures))
        there = there and all(map(os.path.exists, map(comparison_path, turns)))
        said = estimate.summary(config, figures, searched, turns, there, parts)
        print(said, file=sys.stderr)


def keep_the_scheduler_quiet():
    """Let Snakemake look for the next job when one has ended, and not in between.

    Its limit of jobs a second, which no option takes away, starts a timer more at each job that ends
    while others wait, and all of them go on: after a hundred points it takes half of a core, and that
    from the measurement.
    """
    workflow.scheduler.job_rate_limiter = None


def say_what_holds(begun):
    """Print how many points of each figure whose tables were made since `begun` [s] hold."""
    from middlebench.records.holding import summary

    tables = (Path(figure_table(figure, "points")) for figure in config["figures"])
    made = [path for path in tables if path.exists() and path.stat().st_mtime >= begun]
    sys.stderr.writelines(f"{line}\n" for line in summary(made))


BEGUN = time()


onstart:
    with one_line_errors():
        folder.check_writable(["results", "figures"])
        configuration.write_beside_results(config, testbeds())
    keep_the_scheduler_quiet()


onsuccess:
    say_what_holds(BEGUN)


onerror:
    say_what_holds(BEGUN)
