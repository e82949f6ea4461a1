"""Answers that no real service sends: each is dropped and counted, none settles an item, none stops the rest."""

import re
import signal

import pytest

from checks import assert_counts_add_up, assert_told_all
from waiting import wait_until

ONE = {"emea": {"daily_limit": 100000}}
QUICK = {"enrichment": False, "publisher": {"request_timeout": "2s", "retry_delay": "100ms", "window": 16}}


def counters(stages):
    """The publisher's counters as it logs them for SIGUSR1."""
    publisher = stages["publisher-emea"]
    seen = publisher.output().count(" counters ")
    publisher.signal(signal.SIGUSR1)
    wait_until(lambda: publisher.output().count(" counters ") > seen, "the counters to be logged")
    line = [line for line in publisher.output().splitlines() if " counters " in line][-1]
    return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", line)}


def answered_all(counts):
    """The counters, once each request has got its answer or what stood for one."""
    missing = counts["requests"] - counts["answers"]
    return counts if missing <= counts["stray"] + counts["garbage"] else None


def push_all(w, **faults):
    """Runs the stages with these faults until all is shared; the report and the counters."""
    emea = w.fabrics["emea"]
    emea.tie.fault(**faults)
    stages = w.stages().start()
    want = w.expected("emea")
    report = stages.wait_report("publisher-emea", lambda r: r["shared"] == len(want) and r["queued"] == 0
                                and r["in_flight"] == 0, "all to be shared", timeout=150)
    assert {(s.type, s.value, s.level) for s in emea.tie.sets()} == {p.told for p in want}
    assert report["failed"] == 0
    assert report["quota"]["used"] == emea.tie.set_count(), "each request that left is counted, and no other"
    settled = wait_until(lambda: answered_all(counters(stages)), "the preflight's answers to come")
    return report, settled, len(want)


@pytest.mark.parametrize("fault,counter", [
    ("oversize", "garbage"),    # longer than 1 MiB: a broker would have cut the connection for it
    ("garbage", "garbage"),     # not msgpack
    ("bad_id", "stray"),        # an id with wrong characters
    ("foreign_id", "stray"),    # the answer to somebody else's request
])
def test_what_is_no_answer_settles_nothing(world, fault, counter):
    w = world(ONE, QUICK, count=100)
    report, counts, want = push_all(w, **{fault: 25})
    lost = report["quota"]["used"] - want
    assert lost >= 1, "the request whose answer was distorted went out again"
    assert counts[counter] >= lost, "and was counted; one of the preflight's may have met it too"
    other = "stray" if counter == "garbage" else "garbage"
    assert counts[other] == 0
    assert counts["answers"] == counts["requests"] - counts[counter], "each other request was answered once"


def test_an_answer_twice_is_taken_once(world):
    w = world(ONE, QUICK, count=100)
    report, counts, want = push_all(w, duplicate=2)
    assert report["quota"]["used"] == want
    # Every second answer of TIE and of the broker's registry, so at least half of the sets'.
    assert want // 2 <= counts["stray"] <= (counts["requests"] + 1) // 2
    assert counts["answers"] == counts["requests"]


def test_an_answer_of_a_later_version_is_an_answer(world):
    w = world(ONE, QUICK, count=100)
    report, counts, want = push_all(w, future=1)
    assert report["quota"]["used"] == want
    assert (counts["stray"], counts["garbage"]) == (0, 0)


def test_an_answer_after_its_time_out_settles_nothing(world):
    w = world(ONE, {"enrichment": False, "publisher": {"request_timeout": "1s", "retry_delay": "100ms"}}, count=6)
    emea = w.fabrics["emea"]
    emea.tie.fault(delay_ms=3000)
    stages = w.stages().start()
    want = w.expected("emea")
    report = stages.wait_report("publisher-emea", lambda r: "no answer from TIE within 1 s" in r["last_error"],
                                "the time-outs")
    assert report["shared"] == 0
    wait_until(lambda: counters(stages)["stray"] >= len(want), "the late answers to come")
    assert stages.report("publisher-emea")["shared"] == 0, "what came late settled nothing"
    emea.tie.fault(delay_ms=0)
    report = stages.wait_report("publisher-emea", lambda r: r["shared"] == len(want), "all to be shared", timeout=120)
    assert report["quota"]["used"] == emea.tie.set_count()


def test_a_run_with_all_of_it_at_once(world):
    w = world(ONE, {"publisher": {"request_timeout": "1s", "retry_delay": "50ms"}}, count=300)
    w.fabrics["emea"].tie.fault(oversize=61, garbage=53, bad_id=47, foreign_id=43, duplicate=5, future=3)
    summary = w.run_once(timeout=200)
    assert_told_all(w, "emea", summary)
    assert_counts_add_up(summary["counts"]["emea"])
    assert summary["fabrics"]["emea"]["failed"] == 0
