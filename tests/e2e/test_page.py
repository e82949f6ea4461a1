"""The web page of `serve` in a real Chromium. Pictures of it are left in pytest's folder."""

import json

import pytest

import tools
from browser import Browser
from product import command, status
from waiting import wait_until
from webserver import WebServer

TOKEN = "correct-horse-battery-staple-web"
WIDE, TABLET, NARROW = 1280, 800, 360


@pytest.fixture
def browser():
    b = Browser()
    yield b
    b.close()


def requested(browser):
    """The addresses that the browser asked for since the last call, but for its own."""
    events = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    urls = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    return [url for url in urls if not url.startswith(("chrome:", "data:"))]


def colours(browser):
    """Of the ground and of the text, as three numbers each."""
    return browser.script("""const s = getComputedStyle(document.body);
        return [s.backgroundColor, s.color].map((c) => c.match(/\\d+/g).slice(0, 3).map(Number))""")


def luminance(colour):
    parts = [c / 255 for c in colour]
    r, g, b = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def assert_legible(browser):
    ground, text = map(luminance, colours(browser))
    lighter, darker = max(ground, text), min(ground, text)
    assert (lighter + 0.05) / (darker + 0.05) > 7, "the text is hard to tell from its ground"
    assert browser.script("return document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    assert browser.script("return [...document.querySelectorAll('.axis')].every((t) => t.getBBox().x >= 0)"), "a label is cut"


def test_it_shows_what_the_status_says(world, browser, tmp_path):
    w = world({"emea": {"daily_limit": 100000}, "apac": {"daily_limit": 30}}, count=300)
    web = WebServer(w, "--every", "500ms")
    stages = w.stages().start()
    browser.look(WIDE)
    browser.open(web.url)
    browser.wait_text("#health", "fine")
    wait_until(lambda: (s := status(w.config))["fabrics"]["apac"]["quota"]["left"] == 0
               and all(f["outbox"] == f["in_flight"] == 0 for f in s["fabrics"].values())
               and s["fabrics"]["emea"]["queued"] == 0, "all to be pushed")
    now = status(w.config)
    for name, fabric in now["fabrics"].items():
        card = f'[data-fabric="{name}"]'
        browser.wait_text(card, f"Shared\n{fabric['shared']:,}")
        shown = browser.text(card)
        assert f"Waiting\n{fabric['queued']:,}" in shown and "connected" in shown
        quota = browser.find(f"{card} .gauge").get_attribute("aria-label")
        assert quota == f"{fabric['quota']['used']:,} of {fabric['quota']['limit']:,} used in the last 24 hours"
    assert "The quota is used" in browser.text('[data-fabric="apac"]')
    assert f"{now['sweep']['fetched']:,} indicators" in browser.text('[data-stage="fetcher"]')
    assert "2 of 2 run" in browser.text('[data-stage="publisher"]')
    assert "complete" in browser.text("#sweep")

    # A line for each fabric, and what it stands at.
    browser.wait_text("#chart-queued", f"apac {now['fabrics']['apac']['queued']:,}".replace(" ", "\n"), timeout=40)
    assert len(browser.all("#chart-queued .line")) == len(browser.all("#chart-pushed .line")) == 2
    assert max(float(n) for n in browser.script(
        "return [...document.querySelectorAll('#chart-pushed .axis')].map((t) => t.textContent).filter((t) => !t.includes(':'))"
        ".map((t) => t.endsWith('k') ? 1000 * parseFloat(t) : parseFloat(t.replace(',', '')))")) > 1

    looks = {}
    for dark in (False, True):
        for width in (WIDE, TABLET, NARROW):
            browser.look(width, dark)
            assert_legible(browser)
            looks[dark] = colours(browser)
            browser.picture(tmp_path / f"{width}-{'dark' if dark else 'light'}.png")
    assert luminance(looks[False][0]) > 0.5 > luminance(looks[True][0]), "light is light and dark is dark"

    stages.kill("enricher")
    browser.look(WIDE)
    browser.wait_text("#health", "degraded")
    assert "no enricher runs" in browser.text("#problems")
    assert "does not run" in browser.text('[data-stage="enricher"]')
    asked = requested(browser)
    assert len(asked) > 5 and [url for url in asked if not url.startswith(web.url)] == []
    assert browser.console() == []


def test_a_search_tells_the_story(world, browser, tmp_path):
    w = world({"emea": {}, "apac": {"daily_limit": 3}}, count=60)
    w.run_once()
    best = max(w.threatq.valid_hashes(), key=lambda i: i.score)
    web = WebServer(w)
    browser.look(WIDE)
    browser.open(web.url)
    browser.wait_text("#fabrics", "apac")
    browser.find("#about").send_keys(best.value)
    browser.find("#search button").click()
    for fabric in ("emea", "apac"):
        told = browser.wait_text(f'[data-story="{fabric}"]', best.value.lower())
        story = command(tools.CONSOLE, "explain", "--json", "-c", w.config, best.value).json
        for sentence in story["fabrics"][fabric]["indicators"][0]["story"]:
            assert sentence in told
    told = browser.wait_text('[data-story="ThreatQ"]', best.value)
    for sentence in story["threatq"]["indicators"][0]["story"]:
        assert sentence in told
    for dark in (False, True):
        for width in (WIDE, NARROW):
            browser.look(width, dark)
            assert_legible(browser)
            browser.picture(tmp_path / f"story-{width}-{'dark' if dark else 'light'}.png")
    # The address of the page leads to the story again.
    address = browser.driver.current_url
    browser.open("about:blank")
    browser.open(address)
    browser.wait_text('[data-story="emea"]', best.value.lower())
    assert browser.console() == []
    browser.look(WIDE)
    browser.find("#about").clear()
    browser.find("#about").send_keys("what?")
    browser.find("#search button").click()
    browser.wait_text("#story", "Neither an MD5, SHA-1 or SHA-256 in hex, nor an indicator's id")


def test_text_from_outside_stays_text(world, browser):
    w = world({"emea": {}}, count=20)
    w.fabrics["emea"].tie.fault(error_set=1, error_text="<img src=/x onerror=alert(1)><script>alert(2)</script>")
    web = WebServer(w)
    w.run_once(code=1)
    browser.look(NARROW)
    browser.open(web.url)
    browser.wait_text("#problems", "<img src=/x onerror=alert(1)>")
    assert_legible(browser)
    assert browser.all("main img") == browser.all("main script") == []
    assert browser.console() == []


def test_the_token_is_asked_for_once(world, browser, tmp_path):
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN)
    token_file.chmod(0o600)
    w = world({"emea": {}}, count=1)
    web = WebServer(w, "--token-file", token_file)
    browser.look(NARROW)
    browser.open(web.url)
    field = browser.find("#token")
    field.send_keys("wrong")
    field.submit()
    browser.wait_text("#answer", "not the token")
    browser.picture(tmp_path / "login.png")
    field.clear()
    field.send_keys(TOKEN)
    field.submit()
    browser.wait_text("#health", "down")
    assert [url for url in requested(browser) if TOKEN in url] == []
    cookie, = browser.driver.get_cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and TOKEN not in cookie["value"]
    browser.open(web.url)
    browser.wait_text("#health", "down")
    # Another server knows nothing of the session: the page asks for the token again.
    assert web.process.terminate() == 0
    WebServer(w, "--token-file", token_file, listen=f"127.0.0.1:{web.port}")
    browser.open(web.url)
    assert browser.find("#token")
