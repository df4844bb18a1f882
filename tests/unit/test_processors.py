"""softgen is built for the processor that runs it, and for any where that is another machine's."""

import json
import re
import subprocess
from types import SimpleNamespace

import pytest

from middlebench.software import processors
from scripts import run_script
from workspace import REPOSITORY

SOURCE = REPOSITORY / "workflow/loadgens/softgen"
SOFTGEN = {"generator": "softgen"}
LAB, HERE = {"host": {"address": "lab1"}}, {"host": {"address": "local"}}


@pytest.mark.parametrize(
    ("testbed", "program"),
    [
        ({}, "softgen"),
        (LAB, "softgen_portable"),
        (HERE, "softgen"),
        ({"loadgen": LAB | SOFTGEN}, "softgen_portable"),
        (LAB | {"loadgen": SOFTGEN}, "softgen"),
        (LAB | {"loadgen": HERE | SOFTGEN}, "softgen"),
    ],
    ids=["here", "a sandbox there", "named", "two hosts", "load from here", "named so"],
)
def test_what_is_copied_is_built_for_any_processor(testbed, program):
    """Where the load is made decides, not where the DUT is."""
    assert processors.generator_build(testbed) == program


@pytest.fixture
def cpuinfo(tmp_path, monkeypatch):
    """Have another text in the place of /proc/cpuinfo."""

    def lay(text):
        (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
        monkeypatch.setattr(processors, "CPUINFO", tmp_path / "cpuinfo")
        processors.processor.cache_clear()

    yield lay
    processors.processor.cache_clear()


ONE = "processor\t: 0\nvendor_id\t: Any\nmodel\t\t: 1\nflags\t\t: sse avx\n\nprocessor\t: 1\n"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (ONE.replace("sse avx", "avx sse"), True),
        (ONE.replace(": 0", ": 7"), True),
        (ONE.replace("avx", "avx2"), False),
        (ONE.replace("model\t\t: 1", "model\t\t: 2"), False),
    ],
    ids=["order", "another core", "instructions", "model"],
)
def test_another_processor_builds_softgen_again(cpuinfo, other, same):
    """What decides is what it can do, and what it is; only softgen for here depends on it."""
    cpuinfo(ONE)
    here = processors.built_for("softgen")
    cpuinfo(other)
    assert (processors.built_for("softgen") == here) is same
    assert here["march"] == "native"
    assert processors.built_for("softgen_portable") == processors.built_for("token_bucket") == {}


def asked_for(*words):
    """The processors that a build names, in their order: the last one wins."""
    command = ["make", "-n", "-B", "-C", SOURCE, "OUT=/any", *words]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.findall(r"-march=(\S+)", said)


def test_the_last_word_on_the_processor_is_ours():
    """DPDK's flags have one too."""
    portable = asked_for("MARCH=")
    assert "native" not in portable
    assert asked_for() == [*portable, "native"]


@pytest.mark.parametrize("program", ["softgen", "softgen_portable"])
@pytest.mark.slow
def test_a_manifest_says_for_what_a_program_is_built(tmp_path, monkeypatch, program):
    """A program for any processor has no instruction that came later than DPDK's own."""
    monkeypatch.chdir(REPOSITORY)
    about = processors.built_for(program)
    binary, manifest = tmp_path / program, tmp_path / "manifest.json"
    run_script(
        "build_program",
        input=SimpleNamespace(sources=["workflow/loadgens/softgen/Makefile"]),
        output=SimpleNamespace(binary=str(binary), manifest=str(manifest)),
        params=SimpleNamespace(built_for=json.dumps(about)),
        log=[str(tmp_path / "log")],
    )
    told = json.loads(manifest.read_text(encoding="utf-8"))["built_for"]
    assert told == (about or "any processor that runs this DPDK")
    subprocess.run([binary, "--", "--help"], check=True, capture_output=True)
    if program == "softgen_portable":
        code = subprocess.run(["objdump", "-d", binary], capture_output=True, text=True, check=True)
        assert "%xmm0" in code.stdout
        assert "%ymm" not in code.stdout
