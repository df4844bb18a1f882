"""What each result is made from: settings, rules, programs and code, by name, as digests of their contents.

Needs: nothing; no host is contacted. Makes: nothing.
"""

from functools import cache
from types import SimpleNamespace

from middlebench.files.canonical import text_digest
from middlebench.provenance.digests import files_digest
from middlebench.errors import RecordError
from middlebench.provenance.keeping import records_digest
from middlebench.experiment.point_settings import PointSettings


@cache
def code_digest(rule_name, dut=None, testbed=None):
    """The program of a rule in one line, a digest a module."""
    with one_line_errors():
        try:
            return CODE.line(code(rule_name, dut, testbed), entries(dut, testbed))
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            raise RecordError(f"{SCRIPTS}: {error}") from error


@cache
def digest_of(*files):
    """One digest of some files of the repository; none of no file."""
    return files_digest(files) if files else ""


def contents(rule_name, *files):
    """What a figure or a table is made from besides its inputs, as a parameter: code and files."""
    return grid.as_param({"code": code_digest(rule_name), "files": digest_of(*files)})


@cache
def generator_made_from(testbed):
    """By name what the load of a testbed is made by."""
    name = generator_of(config["testbeds"][testbed])
    program = GENERATORS[name].program
    found = {program: digest_of(*program_sources(program))}
    found["build_program.py"] = code_digest("build_program")
    if scripts := generator_scripts(SimpleNamespace(testbed=testbed)):
        found[name] = digest_of(*scripts)
    return found


@cache
def dut_made_from(dut, function):
    """By name what makes a DUT do a function: its program, and what was built for it."""
    where = SimpleNamespace(dut=dut, function=function)
    path = Path(dut_program(where))
    found = {
        path.name: digest_of(*(program_sources(path.name) if path.name in PROGRAMS else [path]))
    }
    for file in dut_manifests(where):
        if Path(file).name != "manifest.json":
            found[Path(file).name] = digest_of(file)
            continue
        program = Path(file).parts[2]
        how = grid.as_param(software.build_settings(config, program))
        found[program] = text_digest(how + code_digest(f"build_{program}"))
    return found


@cache
def check_settings(testbed, dut, function, protocol):
    """The settings of a check, as its script takes them."""
    return grid.as_param(grid.check_settings(config, testbed, dut, function, protocol))


@cache
def calibration_settings(testbed, protocol):
    """The settings of a calibration, as its script takes them."""
    return grid.as_param(grid.calibration_settings(config, testbed, protocol))


@cache
def settings_of_points():
    """What every point is measured with: read once, when the configuration is whole."""
    return PointSettings(config)


def point_settings(w):
    """The settings of a point, as its script takes them."""
    return settings_of_points().text(point_of(w))


@cache
def made_with_dut(rule_name, settings, testbed, dut, function):
    """What a rule that measures with a DUT and a generator makes a result from."""
    return {
        "settings": text_digest(settings),
        "code": code_digest(rule_name, dut, testbed),
        **dut_made_from(dut, function),
        **generator_made_from(testbed),
    }


def check_made_from(testbed, dut, function, protocol):
    """What a check is made from."""
    settings = check_settings(testbed, dut, function, protocol)
    return made_with_dut("check_function", settings, testbed, dut, function)


@cache
def calibration_made_from(testbed, ports, protocol):
    """What a calibration is made from, besides frame size and flows."""
    return {
        "settings": text_digest(calibration_settings(testbed, protocol)),
        "code": code_digest("calibrate", registry.CALIBRATED_WITH.get(ports), testbed),
        **generator_made_from(testbed),
    }


@cache
def before_points(testbed, dut, function, protocol):
    """What all points of a function are made from; of calibration and check not what was found, but how."""
    ports = ports_of(SimpleNamespace(testbed=testbed, dut=dut))
    calibrated = calibration_made_from(testbed, ports, protocol)
    checked = check_made_from(testbed, dut, function, protocol)
    return {
        "code": code_digest("measure_point", dut, testbed),
        **dut_made_from(dut, function),
        **generator_made_from(testbed),
        "calibration": text_digest(grid.as_param(calibrated)),
        "check": text_digest(grid.as_param(checked)),
    }


def checked(w):
    """What names a check."""
    return w.testbed, w.dut, w.function, protocol_of(w)


@cache
def made_from_settings(settings, *checked):
    """What a point with these settings is made from."""
    return {"settings": text_digest(settings), **before_points(*checked)}


@cache
def made_from_param(settings, *checked):
    """The same as its script takes it."""
    return grid.as_param(made_from_settings(settings, *checked))


def point_made_from(w):
    """What a point is made from."""
    return made_from_settings(point_settings(w), *checked(w))


def plan_param(w):
    """What decides which points follow, as the script of a plan takes it."""
    return grid.as_param(grid.sweep_settings(config, w.figure))


def plan_program(w):
    """What a plan is made from besides the records: how far to go, and the code."""
    return {"settings": text_digest(plan_param(w)), "code": code_digest("plan_points")}


def plan_made_from(w):
    """What a plan is made from; records that are missing are none that it was made from."""
    records = records_digest(figure_records(w.figure, before=int(w.round)))
    return {**plan_program(w), "records": records or "missing"}
