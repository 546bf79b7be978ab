"""A real browser without a window, driven through its own driver; nothing is downloaded for it."""

import base64
import shutil

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DRIVER = shutil.which("chromedriver")
_QUIET = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")


def started():
    """A browser; the test that wants it is skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.service import Service  # noqa: PLC0415 - may not be installed

    if not CHROMIUM or not DRIVER:
        pytest.skip("no Chromium with its driver is here (Debian: apt install chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in _QUIET:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, Service(DRIVER))


def as_new(driver, downloads, width=1280, height=900, dark=False):
    """The browser as a reader finds it: nothing open, of a size, with a folder for downloads."""
    driver.get("about:blank")
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    for command, facts in (
        ("Emulation.setDeviceMetricsOverride", size),
        ("Emulation.setEmulatedMedia", {"features": [scheme]}),
        ("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}),
    ):
        driver.execute_cdp_cmd(command, facts)
    for log in ("browser", "performance"):
        driver.get_log(log)


def printed(driver):
    """The page as a PDF."""
    done = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return base64.b64decode(done["data"])
