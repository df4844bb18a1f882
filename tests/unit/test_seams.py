"""An implementation is named where it is, and in its registry: all others ask the registry."""

import ast
import io
import json
import re
import tokenize

import pytest

from middlebench.duts.interface import Dut
from middlebench.duts.registry import DUTS, dut_class
from middlebench.errors import ConfigError, GeneratorError
from middlebench.experiment import grid
from middlebench.experiment.config import load, validate
from middlebench.experiment.testbed_check import check_testbed, prepare_settings
from middlebench.experiment.wiring import wiring
from middlebench.generators import GENERATORS, generator_of
from middlebench.loadgens.interface import LoadGenerator, generator_class
from middlebench.loading import load as load_by_name
from middlebench.records import trial_result
from results import SETTINGS, make_moongen_result
from workspace import REPOSITORY

WORKFLOW = REPOSITORY / "workflow"
LIBRARY = WORKFLOW / "scripts/middlebench"
FILES = sorted([*WORKFLOW.rglob("*.py"), *WORKFLOW.rglob("*.smk"), REPOSITORY / "Snakefile"])
MIDDLE = getattr(tokenize, "FSTRING_MIDDLE", None)  # from Python 3.12 on

BUILDS_OF_MOS = (
    WORKFLOW / "rules/mos.smk",
    WORKFLOW / "scripts/build_mos.py",
    LIBRARY / "software/choice.py",
)
"""Where `mos` is a program that is built."""

SEAMS = [
    pytest.param(
        GENERATORS,
        (LIBRARY / "loadgens", LIBRARY / "generators.py"),
        id="generators",
    ),
    pytest.param(
        DUTS,
        (LIBRARY / "duts", *BUILDS_OF_MOS),
        id="DUTs",
    ),
]
"""The registry, and where its names may stand."""


def texts(source, tree):
    """What a file says in strings; of a .smk, which is no Python, by its tokens."""
    if tree:
        yield from (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING:
            yield from texts(source, ast.parse(token.string))
        elif token.type == MIDDLE:
            yield token.string


def imported(source, tree):
    """The modules that a file may import, by name."""
    if not tree:
        for module, names in re.findall(r"(?m)^ *from (\S+) import\s*([\w, ]+)", source):
            yield from (module, *(f"{module}.{name.split()[0]}" for name in names.split(",")))
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def modules_of(entry):
    """The modules that an entry of a registry names."""
    runs = [entry] if hasattr(entry, "module") else [entry.sandbox, entry.hosts]
    return [found.module for found in runs if found]


def leaks(source, is_python, registry):
    """The names of a registry, and its modules, that a file knows."""
    tree = ast.parse(source) if is_python else None
    said = {t.strip(" .:,;/'\"") for t in texts(source, tree) if isinstance(t, str)}
    modules = {f"middlebench.{module}" for of in registry.values() for module in modules_of(of)}
    return sorted(said & set(registry)) + sorted(modules & set(imported(source, tree)))


@pytest.mark.parametrize(("registry", "own"), SEAMS)
def test_nobody_else_names_an_implementation(registry, own):
    """No string in the library, scripts and rules is such a name, and no import its module."""
    assert len(FILES) > 150
    for path in FILES:
        if not {path, *path.parents}.isdisjoint(own):
            continue
        found = leaks(path.read_text(encoding="utf-8"), path.suffix == ".py", registry)
        assert not found, f"{path.relative_to(REPOSITORY)} names {', '.join(found)}"


RULE = "rule a:\n    input:\n        {},\n    params:\n        x=1,\n"


@pytest.mark.parametrize(
    ("source", "is_python"),
    [
        ('if generator == "moongen":\n    pass\n', True),
        ('used = ["ports", *("softgen",)]\n', True),
        ('name = f"{folder}/softgen"\n', True),
        ('lines = [line for line in said if line.startswith("softgen:")]\n', True),
        ("def f():\n    from middlebench.loadgens.moongen import verify\n", True),
        ("from middlebench.loadgens import softgen\n", True),
        (RULE.format('b=program_path("softgen")'), False),
        (RULE.format("b=lambda w: f'{w.testbed}/moongen'"), False),
        ("from middlebench.loadgens.softgen import Softgen\n" + RULE.format("a"), False),
    ],
)
def test_a_name_is_found(source, is_python):
    """Compared, listed, in a path, in an import, in a rule."""
    assert leaks(source, is_python, GENERATORS)


def test_words_are_no_names():
    """Comments, docstrings and messages may speak of one."""
    source = '"""As softgen does."""\n\nwhy = "MoonGen needs a NIC"  # not softgen\n'
    assert not leaks(source, True, GENERATORS)


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_can_be_loaded(name):
    """The registry names a class with all of the interface, and a folder with its files."""
    parts = [part for part in vars(LoadGenerator) if part[0] != "_"]
    assert sorted(parts) == ["exchange", "facts", "run_trial", "verify"]
    source = (LIBRARY / f"{GENERATORS[name].module.replace('.', '/')}.py").read_text("utf-8")
    for part in parts:
        assert hasattr(generator_class(name), part) or f"self.{part} = " in source
    about = GENERATORS[name]
    assert (WORKFLOW / "loadgens" / about.program / "Makefile").is_file()
    assert not about.scripts or list((WORKFLOW / "loadgens" / name).glob(about.scripts))
    assert {*about.found_by, *about.wiring} <= set(about.settings.get("properties", {}))


RUN_SOMEWHERE = [(n, hosts) for n, of in DUTS.items() for hosts in (False, True) if of.on(hosts)]


@pytest.mark.parametrize(("name", "on_hosts"), RUN_SOMEWHERE)
def test_every_dut_can_be_loaded(name, on_hosts):
    """The registry names a class with all of the interface."""
    parts = {p for p in vars(Dut) if p[0] != "_"} | {"__enter__", "__exit__"}
    assert {"attachment", "makes", "counted", "facts"} < parts
    missing = [part for part in sorted(parts) if not hasattr(dut_class(name, on_hosts), part)]
    assert not missing, f"{name} has no {', '.join(missing)}"


def test_a_class_that_is_not_there_is_one_line():
    """An entry of a registry, and a module that has another name."""
    with pytest.raises(ConfigError, match=r"^middlebench\.duts\.vhost_programs has no Toy; allow"):
        load_by_name("duts.vhost_programs", "Toy")


@pytest.fixture
def toy(monkeypatch):
    """A generator more, and the shipped hardware testbed with it."""
    known = GENERATORS["moongen"]._replace(title="Toy", result={"toys": {"type": "integer"}})
    monkeypatch.setitem(GENERATORS, "toygen", known)
    config = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")
    loadgen = config["testbeds"]["tallinn"]["loadgen"]
    loadgen |= {"generator": "toygen", "toygen": loadgen.pop("moongen")}
    return config


def test_a_generator_more_is_one_entry(toy):
    """The configuration may name it, and all that is made of that follows from the entry."""
    validate(toy)
    testbed = toy["testbeds"]["tallinn"]
    assert generator_of(testbed) == "toygen"
    assert "toygen" in grid.measuring_settings(toy, "nat_64b")["loadgen"]
    looked_for = prepare_settings(toy, "tallinn", "loadgen")["generator"]
    assert looked_for == {"name": "toygen", "path": "/opt/MoonGen"}
    assert wiring(toy, "tallinn")["ends"][0]["title"] == "load generator: Toy"
    del testbed["loadgen"]["toygen"]
    with pytest.raises(ConfigError, match=r"^x\.loadgen\.toygen: is missing; allowed: path, "):
        check_testbed("x", testbed)


def test_a_result_has_the_keys_of_its_entry(toy):
    """They are needed, and another's are refused."""
    wanted = trial_result.asked(500, 64, 100, SETTINGS, 7)
    result = make_moongen_result() | {"generator": "toygen"}
    del result["pacing"], result["latency_probes"]

    def refused(result):
        text = json.dumps(result)
        with pytest.raises(GeneratorError, match="toygen's result: ") as error:
            trial_result.checked(text, "toygen", wanted)
        return str(error.value).removeprefix("toygen's result: ")

    assert refused(result) == "toys is missing"
    assert refused(result | {"toys": 1, "pacing": {}}) == "'pacing' is an unknown key"
    assert refused(result | {"toys": "one"}) == 'toys is "one"; allowed: integer'
    whole = result | {"toys": 1}
    assert trial_result.checked(json.dumps(whole), "toygen", wanted) == whole
