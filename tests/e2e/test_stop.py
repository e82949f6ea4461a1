"""SIGTERM of each stage while it is busy: exit 0 within five seconds, and nothing is lost."""

import time

import pytest
from checks import assert_told_exactly
from waiting import wait_until


@pytest.mark.parametrize("name", ["fetcher", "mapper", "publisher-emea", "enricher"])
def test_sigterm_while_busy(world, name):
    w = world({"emea": {"daily_limit": 100000}}, {"threatq": {"page_size": 100}}, count=6000)
    stages = w.stages().start()
    busy = {
        "fetcher": lambda: w.threatq.queries() >= 3,
        "mapper": lambda: w.threatq.queries() >= 3,
        "publisher-emea": lambda: w.fabrics["emea"].tie.set_count() >= 200,
        "enricher": lambda: w.threatq.write_count() >= 20,
    }
    wait_until(busy[name], f"{name} to be busy")
    start = time.monotonic()
    process = stages[name]
    assert stages.terminate(name) == 0, process.output()[-2000:]
    assert time.monotonic() - start < 5.0, "the promise is five seconds"
    stages.start(name)
    report = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] >= 1 and r["sweep"]["state"] == "idle",
                                "the sweep")
    stages.wait_report("publisher-emea", lambda r: r["idle"] and not r["outbox"] and r["shared"] > 0, "the push", 90)
    assert_told_exactly(w, "emea", {"sweep": report["sweep"]})
