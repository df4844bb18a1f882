"""A headless Chromium that says what went wrong in a page, and what a page asked for."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    StaleElementReferenceException,
)
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

LIMIT_S = 30
ALLOWED = ("data:", "blob:", "about:")
"""Addresses that lead nowhere; beside them a page may ask for its own file."""

DRAWN_ANEW = (ElementClickInterceptedException, StaleElementReferenceException)
"""What an element says when the page is drawn while it is used."""

# no-sandbox: Chromium as root has none; shm: containers have little of it
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
ARGUMENTS += ["--window-size=1500,950", "--disable-background-networking", "--no-first-run"]


def missing() -> str | None:
    """The program that is not installed, if any."""
    return next((name for name in ("chromium", "chromedriver") if not shutil.which(name)), None)


class Browser:
    """One page of a file in Chromium."""

    def __init__(self, driver: Chrome, file: Path) -> None:
        self.driver = driver
        self.address = file.as_uri()
        driver.get("about:blank")
        self.faults()  # those of Chromium's own first page
        driver.get(self.address)

    def find(self, xpath: str) -> WebElement:
        """The first element of `xpath`, waited for until it is to be seen."""
        return self.until(lambda: self._seen(xpath), f"{xpath} is not to be seen")

    def click(self, xpath: str) -> None:
        """Click on the first element of `xpath` once nothing that moves is before it."""

        def clicked():
            element = self._seen(xpath)
            return element and (element.click() or True)

        self.until(clicked, f"{xpath} cannot be clicked")

    def until(self, condition, what: str) -> Any:
        """Wait until `condition()` is true, and return it."""
        wait = WebDriverWait(self.driver, LIMIT_S, 0.05, ignored_exceptions=DRAWN_ANEW)
        return wait.until(lambda _: condition(), what)

    def headings(self) -> list[str]:
        """The headings of the table that is shown."""
        return self._texts(".dt-scroll-head thead th")

    def column(self, heading: str) -> list[str]:
        """The cells below a heading, from top to bottom."""
        number = self.headings().index(heading) + 1
        return self._texts(f".dt-scroll-body tbody td:nth-child({number})")

    def faults(self) -> list[str]:
        """Errors of the console, and addresses that are not in the file, since the last call."""
        said = [e["message"] for e in self.driver.get_log("browser") if e["level"] == "SEVERE"]
        return said + [a for a in self._asked_for() if not a.startswith(ALLOWED)]

    def _seen(self, xpath: str) -> WebElement | None:
        elements = self.driver.find_elements(By.XPATH, xpath)
        return next((element for element in elements if element.is_displayed()), None)

    def _texts(self, selector: str) -> list[str]:
        script = (
            "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())"
        )
        return self.driver.execute_script(script, selector)

    def _asked_for(self) -> list[str]:
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        asked = [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in asked if address.partition("#")[0] != self.address]


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """A Chromium with a profile of its own; it ends with the block."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()
