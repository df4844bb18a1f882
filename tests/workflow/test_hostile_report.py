"""The report of a configuration whose every free text is hostile: nothing runs, all is shown.

As in test_report.py, points are written by scripts of the tests' own.
"""

import copy
import json
from pathlib import Path

import pytest

from browser import Browser
from captures import pcap
from configurations import TALLINN
from stand_ins import CHECK, MEASURE, put_stand_ins
from workspace import copy_workflow, edit_config, make_tiny, snakemake

pytestmark = pytest.mark.slow  # reports in a browser

RUN = "<script>console.error('hostile')</script>"
TITLES = {
    "nat_64b": f"</script>{RUN}<!-- {{figure}} {{{{ 7 * 7 }}}} $\\frac{{ $x$ {{% if %}}",
    "fw_64b": "<img src=x onerror=console.error()> `a <javascript:console.error()>`__ |x| *b_ &lt;",
}
PATH = "<img src=x onerror=console.error(3)> `a <javascript:console.error(4)>`__ |x| *a_ $\\frac"
"""Without `<word>` and `{word}`, which Snakemake takes for its own in the path of an input."""
TEXT = f"</script>{RUN}$\\frac{{"
WORD = TEXT.replace(" ", "")
URL = f"https://example.org/{WORD}"
CODE = f"""
from middlebench.records.verdict import decide

text = {TEXT!r}
if numbers["rate_mbit"] == 200:
    record["state"]["fault"] = text
    record["verdict"] = decide(record, record["settings"]["verdict"])._asdict()
record["software"]["dut"]["version"] += text + " .. raw:: html"
record["host"]["cpu"] += text + " `a <javascript:console.error(5)>`__ |x| b_"
write(record, Path(snakemake.output[0]))
"""
TARBALL = {"from": "tarball", "version": "9.9", "sha256": "0" * 64, "options": [f"-D{WORD}"]}
MANIFEST = f"""
from pathlib import Path

for path in snakemake.output:
    Path(path).write_text({json.dumps({"settings": TARBALL, "source": TEXT})!r})
"""


def hostile(config: dict) -> None:
    """A change: all texts that the schema leaves free are markup of one kind or the other."""
    make_tiny(config)
    for figure, title in TITLES.items():
        config["figures"][figure] |= {"title": title, "testbed": "sandbox"}
    config["packet_sizes"]["pcap"] = PATH
    options = {"ssh_config": PATH, "known_hosts": PATH, "folder": PATH}
    config["testbeds"]["sandbox"]["host"] = {"address": "lab1", **options}
    real = copy.deepcopy(TALLINN)
    real["host"] |= options
    real["loadgen"]["host"] |= options
    real["loadgen"]["moongen"]["path"] = f"/{TEXT}"
    config["testbeds"]["lab_"] = real
    config["defaults"]["testbed"] = "lab_"
    git = {"from": "git", "url": URL, "commit": "0" * 40}
    config["software"] = {
        "dpdk": TARBALL | {"url": URL},
        "ovs": TARBALL | {"path": PATH},
        "mos": git,
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A folder with the report."""
    folder = copy_workflow(tmp_path_factory.mktemp("hostile") / "workflow")
    put_stand_ins(
        folder,
        build_dpdk=MANIFEST,
        build_ovs=MANIFEST,
        check_function=CHECK.replace('"seen"', repr(TEXT)).replace('"3.1.0"', repr(TEXT)),
        measure_point=MEASURE + CODE,
    )
    edit_config(folder, hostile)
    (folder / PATH).write_bytes(pcap([60, 1514]))
    run = snakemake(folder, "--cores", "1", "report.html")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


def in_a_fragment(driver, html: str) -> list[str]:
    """What of a caption would act, were it shown: elements, and addresses with code of a text."""
    script = """
        const page = new DOMParser().parseFromString(arguments[0], "text/html");
        const acting = page.querySelectorAll("script, img, iframe, a[href*=console], [onerror]");
        return [...acting].map(element => element.outerHTML);
    """
    return driver.execute_script(script, html)


@pytest.mark.tried("words")
def test_hostile_texts_are_shown_as_they_are_and_do_nothing(finished, driver):
    """Titles in the menu and captions are plain text; no script runs, no image is asked for."""
    browser = Browser(driver, finished / "report.html")
    front = browser.find("//h1[contains(., 'What software middleboxes carry')]/../..").text
    assert TEXT in front
    assert "a <javascript:console.error(5)>`__ |x| b_" in front
    browser.click("//nav//span[normalize-space()='Figures']")
    shown = browser.find("//nav//table").text
    for title in TITLES.values():
        assert title in shown
    results = driver.execute_script("return results")
    captions = {path: about["caption"] for path, about in results.items()}
    assert [in_a_fragment(driver, html) for html in captions.values()] == [[]] * len(captions)
    script = "return new DOMParser().parseFromString(arguments[0], 'text/html').body.textContent"
    assert PATH in driver.execute_script(script, captions["figures/packet_sizes.png"])
    assert not any("System Message" in html for html in captions.values())
    assert "System Message" not in driver.page_source
    assert browser.faults() == []


@pytest.mark.tried("words")
def test_hostile_texts_do_nothing_in_tables_and_listings(finished, driver):
    """Each page of its own is opened; configuration, manifests and tables show the very texts."""
    seen = {}
    for path in sorted(finished.glob("results/*/report/*/*.html")):
        browser = Browser(driver, path)
        body = browser.find("//body")
        browser.until(lambda body=body: "Loading ITables" not in body.text, "no table")
        seen[path.stem] = body.text
        assert browser.faults() == [], path
    assert TITLES["nat_64b"].split(" ")[0] in seen["config.yaml"]
    assert URL in seen["config.yaml"]
    assert TEXT.replace("\\", "\\\\") in seen["ovs-manifest.json"]
    assert TEXT in seen["in_doubt"]
    assert TEXT in seen["checks"]
    assert TEXT in seen["hosts"]


@pytest.mark.tried("words")
def test_hostile_texts_are_drawn_as_they_are(finished):
    """No formula is made of a $; the PDF holds the title, as text, and no action."""
    drawn = sorted(path.name for path in (finished / "figures").iterdir())
    assert {"nat_64b.pdf", "fw_64b.png", "packet_sizes.pdf", "testbed.pdf"} <= set(drawn)
    for path in (finished / "figures").glob("*.pdf"):
        content = path.read_bytes()
        assert b"/JavaScript" not in content
        assert b"/URI" not in content
