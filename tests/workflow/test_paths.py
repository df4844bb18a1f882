"""Folders and files may have any name that the system allows."""

import subprocess
import sys

import pytest

from captures import pcap
from workspace import copy_workflow, edit_config, environment, job_counts, make_tiny, snakemake

ODD = '-n a{x}b {} {{ it\'s "one" `two` \\\\three $HOME; & | c > d #e ~ * ? [f] 50%s é中'
"""What a shell, Snakemake or make would take for something else."""


@pytest.mark.tried("starts")
def test_a_clone_in_a_folder_with_any_name_is_planned_and_draws(tmp_path):
    """Braces, quotes, signs of the shell, spaces, a line end: points are listed, a figure drawn."""
    folder = copy_workflow(tmp_path / f"{ODD}\nend")
    edit_config(folder, make_tiny)
    assert job_counts(folder)["measure_point"] == 3
    run = snakemake(folder, "--cores", "1", "figures/testbed.pdf")
    assert run.returncode == 0, run.stderr
    assert (folder / "figures/testbed.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.tried("starts")
def test_a_clone_in_a_folder_with_a_number_in_braces_is_refused(tmp_path):
    """One line says so, and what is allowed."""
    folder = copy_workflow(tmp_path / "a{0}")
    run = snakemake(folder, "-n")
    assert run.returncode == 1
    assert f"{folder}: a folder with a number in braces; allowed: any other name" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.tried("starts")
@pytest.mark.parametrize("name", ["a{x}.pcap", "a<x>.pcap"])
def test_a_capture_with_braces_in_its_path_is_refused(tmp_path, name):
    """Snakemake would fill them: one line says so."""
    folder = copy_workflow(tmp_path / "workflow")
    capture = tmp_path / name
    capture.touch()

    def change(config):
        make_tiny(config)
        config["packet_sizes"]["pcap"] = str(capture)

    edit_config(folder, change)
    run = snakemake(folder, "-n", "figures/packet_sizes.pdf")
    assert run.returncode == 1
    assert f"packet_sizes.pcap: {capture}; allowed: a path without braces" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.tried("starts")
@pytest.mark.parametrize(
    ("at", "arguments"),
    [(".", ["-s", "workflow/Snakefile"]), ("workflow", ["--directory", "../other"])],
    ids=["-s", "--directory"],
)
def test_another_folder_than_the_clone_s_is_refused(tmp_path, at, arguments):
    """One line says which one to go to."""
    folder = copy_workflow(tmp_path / "workflow")
    (tmp_path / "other").mkdir()
    run = snakemake(tmp_path / at, "-n", *arguments)
    assert run.returncode == 1
    here = tmp_path if at == "." else tmp_path / "other"
    assert (
        f"middlebench: {here}: not the folder of the clone, without which nothing is" in run.stderr
    )
    assert f"allowed: cd {folder} first, and no --directory" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.tried("starts")
def test_the_clone_named_from_elsewhere(tmp_path):
    """`-s` and `--directory` that name it do."""
    folder = copy_workflow(tmp_path / "workflow")
    arguments = ["-s", f"{folder}/Snakefile", "--directory", str(folder), "figures/testbed.pdf"]
    assert job_counts(tmp_path, *arguments) == {"plot_testbed": 1}


def test_a_capture_comes_through_a_pipe_of_the_shell(tmp_path):
    """`<(zstdcat x)` is read by the job, which is another process."""
    folder = copy_workflow(tmp_path / "workflow")
    edit_config(folder, make_tiny)
    (folder / "x.pcap").write_bytes(pcap([60, 1514, 1514]))
    command = (
        f"{sys.executable} -m snakemake --cores 1 --config packet_sizes='{{pcap: '<(cat x.pcap)'}}'"
    )
    run = subprocess.run(
        ["bash", "-c", f"{command} -- figures/packet_sizes.pdf"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    sizes = (folder / "results/packet_sizes.csv").read_text(encoding="utf-8")
    assert sizes == "frame_size_bytes,packets\n64,1\n1518,2\n"
    capture = (folder / "results/packet_sizes_capture.csv").read_text(encoding="utf-8")
    assert capture.splitlines()[1].startswith("a pipe,3,Ethernet,")
    assert (folder / "figures/packet_sizes.pdf").stat().st_size > 10_000
