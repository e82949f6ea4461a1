"""Fabrics do not depend on each other: one that is down never holds up another, and catches up."""

from checks import assert_told_all, assert_told_exactly, expected, share_status, told
from product import status
from waiting import wait_until

TWO = {"emea": {"daily_limit": 100000}, "apac": {"daily_limit": 100000}}


def test_a_broker_down_for_a_whole_run_is_caught_up(world):
    w = world(TWO, {"connector": {"patience": "3s"}}, count=1000)
    w.fabrics["apac"].broker.stop()
    summary = w.run_once(code=1)
    assert_told_exactly(w, "emea", summary)
    assert told(w.fabrics["apac"].tie) == []
    apac = summary["fabrics"]["apac"]
    assert apac["connected"] is False
    assert apac["last_error"]
    assert apac["queued"] + apac["in_flight"] == len(expected(w, "apac", summary)), "the queue is kept"
    assert apac["quota"]["used"] == 0, "what never left costs nothing"
    assert all(not share_status(i, "apac") for i in w.threatq.indicators())

    before = told(w.fabrics["emea"].tie)
    w.fabrics["apac"].broker.start()
    w.fabrics["apac"].tie.wait_ready()
    second = w.run_once()
    assert_told_exactly(w, "apac", summary)
    assert told(w.fabrics["emea"].tie) == before
    assert second["fabrics"]["apac"]["queued"] == 0


def test_a_publisher_down_during_a_sweep_is_caught_up(world):
    w = world(TWO, count=1000)
    stages = w.stages()
    stages.start("mapper", "publisher-emea", "enricher", "fetcher")
    first = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] and r["sweep"]["state"] == "idle" and r["sweep"]["number"] >= 1,
                               "the sweep without apac")
    stages.wait_report("publisher-emea", lambda r: r["idle"] and not r["sweep_open"] and not r["queued"],
                       "emea to be told")
    summary = {"sweep": first["sweep"]}
    assert_told_exactly(w, "emea", summary)
    assert told(w.fabrics["apac"].tie) == []
    assert status(w.config)["fabrics"]["apac"]["lagging"] is True

    stages.start("publisher-apac")
    want = len(expected(w, "apac", summary))
    wait_until(lambda: w.fabrics["apac"].tie.set_count() >= want, "apac to catch up")
    assert_told_exactly(w, "apac", summary)
    assert len(told(w.fabrics["emea"].tie)) == len(expected(w, "emea", summary)), "emea is not bothered"
    stages.wait_report("fetcher", lambda r: not r["fabrics"]["apac"]["lagging"], "apac to lag no more")


def test_a_broker_that_restarts_during_the_push(world):
    w = world({"emea": {"daily_limit": 100000}}, count=4000)
    emea = w.fabrics["emea"]
    stages = w.stages().start()
    for part in (300, 1500):
        wait_until(lambda: emea.tie.set_count() >= part, f"{part} sets")
        emea.broker.stop()
        emea.broker.start()
        emea.tie.wait_ready()
    first = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] and r["sweep"]["state"] == "idle", "the sweep")
    summary = {"sweep": first["sweep"]}
    want = len(expected(w, "emea", summary))
    stages.wait_report("publisher-emea", lambda r: r["shared"] == want, "all to be shared")
    assert_told_all(w, "emea", summary)

    assert len(told(emea.tie)) - want <= 2 * 64, "only what was in flight is told again"
