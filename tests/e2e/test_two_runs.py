"""Two runs at the same time, as cron starts them when the first takes long."""

import signal

import pytest

from product import status
from test_console import MANY, Run, pushing, slow, stage_pids
from waiting import wait_until

UNDER_WAY = "another run is under way for "


def said(run, words):
    return run.err.exists() and words in run.err.read_text()


def test_the_second_says_so_and_ends(world):
    w = world({"emea": MANY}, count=1500)
    slow(w)
    first = Run(w, "first")
    pushing(w)
    second = Run(w, "second")
    assert second.summary() == (0, {"exit": 0, "under_way": ["emea"]})
    assert said(second, f"{UNDER_WAY}emea: there is nothing left")
    assert first.process.alive(), "it does not wait for the first"
    slow(w, 0)
    code, summary = first.summary()
    assert code == summary["exit"] == 0, first.err.read_text()
    assert summary["sweep"]["number"] == 1
    assert w.fabrics["emea"].tie.distinct_count() == w.fabrics["emea"].tie.set_count() == len(w.expected("emea"))


def test_five_at_the_same_moment(world):
    w = world({"emea": MANY}, count=300)
    runs = [Run(w, f"run-{i}") for i in range(5)]
    ended = [run.summary() for run in runs]
    assert [code for code, _ in ended] == [0] * 5, [run.err.read_text() for run in runs]
    assert any("counts" in summary for _, summary in ended)
    assert all(said(run, UNDER_WAY) for run, (_, summary) in zip(runs, ended) if "counts" not in summary)
    assert w.fabrics["emea"].tie.distinct_count() == w.fabrics["emea"].tie.set_count() == len(w.expected("emea"))
    assert stage_pids(w) == {}


def test_other_fabrics_have_their_turn(world):
    """Jobs of cron with different -cn at the same minute."""
    w = world({"emea": MANY, "apac": MANY}, count=600)
    slow(w)
    first = Run(w, "first", "-cn", "emea")
    pushing(w)
    second = Run(w, "second", "-cn", "apac")
    wait_until(lambda: said(second, "waits until the run"), "the second to wait")
    # The next of its kind does not wait with it, and one of all fabrics finds none left.
    third = Run(w, "third", "-cn", "apac")
    assert third.summary()[1]["under_way"] == ["apac"]
    fourth = Run(w, "fourth")
    assert fourth.summary()[1]["under_way"] == ["emea", "apac"]
    slow(w, 0)
    for run in (first, second):
        code, summary = run.summary()
        assert code == summary["exit"] == 0, run.err.read_text()
    for fabric in ("emea", "apac"):
        assert w.fabrics[fabric].tie.distinct_count() == len(w.expected(fabric))


def test_the_fabrics_that_are_left(world):
    w = world({"emea": MANY, "apac": MANY}, count=600)
    slow(w)
    first = Run(w, "first", "-cn", "emea")
    pushing(w)
    second = Run(w, "second")
    wait_until(lambda: said(second, "waits until the run"), "the second to wait")
    assert said(second, f"{UNDER_WAY}emea: this one leaves that to it")
    slow(w, 0)
    assert first.summary()[0] == 0
    code, summary = second.summary()
    assert code == 0 and set(summary["counts"]) == {"apac"}, second.err.read_text()
    assert w.fabrics["apac"].tie.distinct_count() == len(w.expected("apac"))


@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGINT], ids=["kill", "int"])
def test_what_is_gone_holds_up_nobody(world, sig):
    w = world({"emea": MANY}, count=1500)
    slow(w)
    first = Run(w, "first")
    pushing(w)
    first.process.signal(sig)
    first.process.wait(10)
    wait_until(lambda: not stage_pids(w), "the stages to end", timeout=10)
    slow(w, 0)
    second = Run(w, "second")
    code, summary = second.summary()
    assert code == 0 and "counts" in summary, second.err.read_text()
    assert w.fabrics["emea"].tie.distinct_count() == len(w.expected("emea"))


def test_a_service_is_asked_by_one_at_a_time(world):
    w = world({"emea": MANY}, count=1500)
    slow(w)
    w.stages("--on-request").start_service()
    first = Run(w, "first")
    pushing(w)
    second = Run(w, "second")
    assert second.summary()[1] == {"exit": 0, "under_way": ["emea"]}
    slow(w, 0)
    code, summary = first.summary()
    assert code == 0 and said(first, "the service runs already"), first.err.read_text()
    assert status(w.config)["sweep"]["number"] == summary["sweep"]["number"] == 1
