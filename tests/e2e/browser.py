"""A real Chromium without a window, by chromedriver."""

import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from waiting import wait_until


class Browser:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tq-chromium-")
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        # Root may not use Chromium's sandbox; containers have a small /dev/shm.
        for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     f"--user-data-dir={self.folder.name}", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--proxy-server=direct://"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_script_timeout(20)

    def look(self, width, dark=False, height=900):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def open(self, url):
        self.driver.get(url)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """Of the first that fits, "" when there is none; one that is being drawn anew is asked for again."""
        return self.script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def wait_text(self, selector, part, timeout=30):
        return wait_until(lambda: part in (t := self.text(selector)) and t, f"{part!r} in {selector}", timeout)

    def script(self, text, *args):
        return self.driver.execute_script(text, *args)

    def console(self):
        """What was said on the console since the last call, the Content-Security-Policy's refusals among it."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def picture(self, path):
        """The whole page as a PNG."""
        height = self.script("return document.documentElement.scrollHeight")
        width = self.script("return innerWidth")
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.save_screenshot(str(path))

    def close(self):
        self.driver.quit()
        self.folder.cleanup()
