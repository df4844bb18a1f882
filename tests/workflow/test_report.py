"""report.html through Snakemake, opened in a browser: it shows everything and needs no network.

Points are written by a script of the test's own; everything after them is real.
"""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from browser import Browser
from middlebench.report.table import table_page
from stand_ins import put_stand_ins
from workspace import REPOSITORY, copy_workflow, edit_config, job_counts, make_tiny, snakemake

PLOTS = {"plot_series": 2, "plot_comparison": 1, "plot_flow_tables": 1, "plot_testbed": 1}
PLOTS |= {"plot_machine": 1}
OVERLAYS = [None, *sorted((REPOSITORY / "testbeds").glob("*.yaml"))]
RATES = {"from": 200, "to": 1000, "step": 400}
"""Rates that sort otherwise as texts: 1000, 200, 600."""


def change(config):
    """Two figures, four points, one of which does not hold."""
    make_tiny(config)
    config["figures"]["nat_64b"] = config["figures"]["nat_64b"] | {"rates_mbit": RATES}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A folder with a report, made while nothing could be downloaded."""
    folder = copy_workflow(tmp_path_factory.mktemp("report") / "workflow")
    put_stand_ins(folder)
    edit_config(folder, change)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            patch.setenv(name, "http://127.0.0.1:9")
        run = snakemake(folder, "--cores", "1", "report.html")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture
def report(finished, driver):
    """The report, opened; afterwards nothing went wrong and nothing was asked for."""
    browser = Browser(driver, finished / "report.html")
    yield browser
    assert browser.faults() == []


def open_entry(report, category, label):
    """Click on a category of the menu, then on the eye of an entry."""
    report.click(f"//nav//span[normalize-space()='{category}']")
    report.click(f"//nav//tr[td[1][normalize-space()='{label}']]//a[1]")


def open_page(report, category, label):
    """The same, and look into the page that is shown."""
    open_entry(report, category, label)
    report.driver.switch_to.frame(report.find("//iframe"))


def test_the_front_page_says_what_was_measured(report):
    """The DUT, how much holds, and the knee of each series."""
    text = report.find("//h1[contains(., 'What software middleboxes carry')]/../..").text
    assert "Open vSwitch 3.1.0, DPDK 22.11.11" in text
    assert "3 of 4 points hold (3 ok); not: 1 disturbed" in text
    assert "carries at least 600 Mbit/s" in text
    assert "System Message" not in report.driver.page_source


def test_a_figure_is_shown_with_its_caption(report):
    """The picture is whole; the caption says what was measured and what to see."""
    open_entry(report, "Figures", "Nat, 64 B frames")
    picture = report.find("//img[starts-with(@src, 'data:image/png')]")
    report.until(lambda: int(picture.get_property("naturalWidth")) > 500, "no picture")
    report.click("//nav//tr[td[1][normalize-space()='Nat, 64 B frames']]//a[2]")
    caption = report.find("//nav//li[contains(., 'What was measured.')]").text
    assert "from 200 to 1000 Mbit/s in steps of 400 Mbit/s" in caption
    assert "10 flows: carries at least 600 Mbit/s" in caption
    assert "2 of 3 points hold" in caption


@pytest.mark.slow
def test_a_table_is_sorted_and_filtered(report):
    """By number, both ways; by the words of one column."""
    open_page(report, "Tables", "Points")
    heading = "//div[contains(@class, 'dt-scroll-head')]//th[normalize-space()='rate_mbit']"
    report.find(heading)
    assert sorted(report.column("rate_mbit")) == ["100", "1000", "200", "600"]
    for rates in (["100", "200", "600", "1000"], ["1000", "600", "200", "100"]):
        report.click(heading)
        report.until(lambda rates=rates: report.column("rate_mbit") == rates, f"not {rates}")
    report.find("//tfoot//input[@placeholder='verdict']").send_keys("disturb")
    report.until(lambda: report.column("verdict") == ["disturbed"], "not filtered")


def test_points_that_do_not_hold_are_listed_with_their_reason(report):
    """The reason as the record has it."""
    open_page(report, "Tables", "Points that do not hold")
    report.find("//td[contains(., ' s of clean time alone in ')]")
    assert report.column("rate_mbit") == ["1000"]


def test_rules_are_listed_as_the_dut_got_them(report):
    """Highlighted, the address filled in, and with the hash by which the records name them."""
    open_page(report, "Files as used", "ovs-dpdk-nat.flows")
    assert "src=200.200.200.200" in report.find("//pre").text
    assert report.find("//span[@class='nf'][.='drop']")
    assert not report.driver.find_elements("xpath", "//span[@class='err']")
    assert re.search(r"SHA-256: [0-9a-f]{64}", report.find("//body").text)


def test_machines_software_and_the_workflow_are_shown(report):
    """Versions as a table; the rules as Snakemake draws them; when each job ran."""
    open_page(report, "Machines and software", "Software")
    report.find("//tr[td[.='dut']][td[.='version']]/td[.='3.1.0']")
    report.driver.switch_to.default_content()
    for view in ("Workflow", "Statistics"):
        report.click("//nav//ol/li[1]/a")  # home
        report.click(f"//nav//span[normalize-space()='{view}']")
        report.find("//div[contains(@class, 'vega-embed')]//*[local-name()='svg']")


def test_long_texts_break_their_lines(driver, tmp_path):
    """What stands right of them stays in sight."""
    page = tmp_path / "page.html"
    table = pd.DataFrame({"why": ["a word " * 300], "short": ["a word"], "rate_mbit": [1]})
    page.write_text(table_page("Table", table), encoding="utf-8")
    browser = Browser(driver, page)
    row = browser.find("//div[contains(@class, 'dt-scroll-body')]//tbody/tr")
    cells = row.find_elements("tag name", "td")
    assert all(cell.rect["x"] + cell.rect["width"] <= 1500 for cell in cells)
    assert browser.faults() == []


def test_a_fault_in_a_page_is_seen(driver, tmp_path):
    """What these tests rely on: errors and requests of a page inside of a page are found."""
    inner = "<script>console.error('broken')</script><img src='http://127.0.0.1:9/x'>"
    page = tmp_path / "page.html"
    page.write_text(f'<!doctype html><iframe src="data:text/html,{inner}"></iframe>', "utf-8")
    browser = Browser(driver, page)
    found: list[str] = []
    browser.until(lambda: len(found.extend(browser.faults()) or found) >= 2, "no fault is seen")
    assert any("broken" in fault for fault in found)
    assert any(fault.startswith("http://127.0.0.1:9/x") for fault in found)


def test_only_what_is_used_is_listed(finished):
    """No rules of functions that no figure measures, no script of a generator that is not there."""
    names = sorted(path.stem for path in (finished / "results/sandbox/report/listings").iterdir())
    assert names == [
        "config.yaml",
        "ovs-dpdk-firewall.flows",
        "ovs-dpdk-nat.flows",
        "softgen-manifest.json",
    ]


def test_nothing_but_the_report_is_left(finished):
    """No unfinished file, no lock."""
    assert not list(finished.glob(".report*"))
    assert not list((finished / ".snakemake/locks").glob("*"))


def edited(path):
    """A change: a line more in a file."""

    def change(folder):
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write("\n")

    return change


def recoloured(folder):
    """A change: another colour."""
    edit_config(folder, lambda config: config["style"].update(colour_loss="#000000"))


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (lambda folder: None, {}),
        (edited("workflow/report/plot_series.rst"), {"make_report": 1}),
        (edited("workflow/report/tables/points.rst"), {"make_table_page": 1, "make_report": 1}),
        (recoloured, PLOTS | {"make_listing": 1, "make_report": 1}),
    ],
    ids=["nothing", "a figure's caption", "a table's caption", "a colour"],
)
def test_a_change_remakes_what_depends_on_it(finished, tmp_path, change, jobs):
    """A second call does nothing; captions cost one report."""
    folder = Path(shutil.copytree(finished, tmp_path / "workflow", symlinks=True))
    change(folder)
    assert job_counts(folder, "report.html") == jobs


@pytest.mark.parametrize(
    "overlay",
    [pytest.param(path, marks=[pytest.mark.slow] * bool(path)) for path in OVERLAYS],
    ids=lambda path: path.stem if path else "default",
)
def test_a_report_of_every_shipped_configuration_can_be_made(tmp_path, overlay):
    """All that it needs, captions included, is there or has a rule."""
    arguments = ["--configfile", str(overlay)] if overlay else []
    folder = copy_workflow(tmp_path / "workflow")
    assert job_counts(folder, "report.html", *arguments)["make_report"] == 1


def test_a_table_without_a_caption_is_told_before_anything_is_measured(tmp_path):
    """The file that is missing is named."""
    folder = copy_workflow(tmp_path / "workflow")
    (folder / "workflow/report/tables/series.rst").unlink()
    run = snakemake(folder, "-n", "report.html")
    assert run.returncode != 0
    assert "workflow/report/tables/series.rst" in run.stdout + run.stderr


def remeasured(folder):
    """A change: a point whose one record does not say how sure it is gets a second one."""
    wanted = {"min": 1, "max": 2, "retries": 0}
    edit_config(folder, lambda config: config["defaults"]["repetitions"].update(wanted))


@pytest.mark.slow
def test_records_that_a_plan_adds_are_in_the_report_of_the_same_run(finished, tmp_path):
    """The report that was there does not end the run too early; a second one does nothing."""
    folder = Path(shutil.copytree(finished, tmp_path / "workflow", symlinks=True))
    remeasured(folder)
    run = snakemake(folder, "--cores", "1", "report.html")
    assert run.returncode == 0, run.stdout + run.stderr
    words = (folder / "results/sandbox/report/overview.rst").read_text(encoding="utf-8")
    assert "of 7 points hold" in words  # three of four get one more; the disturbed one does not
    assert (folder / "report.html").stat().st_mtime > (finished / "report.html").stat().st_mtime
    assert job_counts(folder, "report.html") == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.zip", "x.html"])
def test_what_all_makes_is_enough_for_snakemakes_own_report(finished, tmp_path, name):
    """Captions find the words that they include."""
    folder = Path(shutil.copytree(finished, tmp_path / "workflow", symlinks=True))
    for words in folder.rglob("*.rst"):
        if words.is_relative_to(folder / "results"):
            words.unlink()
    for arguments in (["--cores", "1"], ["--report", name]):
        run = snakemake(folder, *arguments)
        assert run.returncode == 0, run.stdout + run.stderr
    assert (folder / name).stat().st_size > 100_000
