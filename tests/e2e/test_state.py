"""State that is lost, old or new: a store that is gone, a fabric that is added or renamed."""

import shutil
import time

from checks import assert_counts_add_up, assert_told_exactly, epoch, expected, told
from waiting import wait_until

ONE = {"emea": {"daily_limit": 100000, "enrichment": False}}


def forget(world, stage):
    """Removes all that a stage keeps."""
    found = [p for p in (world.folder / "state").iterdir() if p.name.startswith(stage)]
    assert found
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_fetcher_that_lost_its_state_sweeps_anew(world):
    w = world(ONE, count=300)
    first = w.run_once()
    assert_told_exactly(w, "emea", first)
    # It counts sweeps from one again: only the time of its beginning tells a new one.
    wait_until(lambda: time.time() >= epoch(first["sweep"]["started_at"]) + 1, "the next second")
    forget(w, "fetcher")
    second = w.run_once()
    assert second["sweep"]["kind"] == "full"
    assert_told_exactly(w, "emea", first)
    assert second["counts"]["emea"]["already_shared"] == first["counts"]["emea"]["queued"]
    assert_counts_add_up(second["counts"]["emea"])


def test_a_publisher_that_lost_its_state_gets_all_again(world):
    w = world({**ONE, "apac": {"enrichment": False}}, count=300)
    first = w.run_once()
    once = told(w.fabrics["emea"].tie)
    forget(w, "publisher-emea")
    second = w.run_once()
    assert told(w.fabrics["emea"].tie) == once + once, "what it was told is no longer known"
    assert_told_exactly(w, "apac", first)
    assert second["counts"]["emea"]["fetched"] == first["counts"]["emea"]["fetched"]
    assert_counts_add_up(second["counts"]["emea"])


def test_a_fabric_that_is_added_gets_all(world):
    w = world({**ONE, "apac": {"daily_limit": 100000, "enrichment": False}}, count=300)
    both = w.settings["fabrics"]
    w.configure({"fabrics": both[:1]})
    first = w.run_once()
    assert_told_exactly(w, "emea", first)
    assert told(w.fabrics["apac"].tie) == []
    w.configure({})
    second = w.run_once()
    assert_told_exactly(w, "apac", second)
    assert len(told(w.fabrics["emea"].tie)) == len(expected(w, "emea", first)), "emea is told nothing twice"


def test_a_mapping_that_changes_is_told(world):
    """The configuration changes, the indicators do not: the next full sweep tells what differs."""
    w = world(ONE, {"connector": {"full_interval": "1s"}, "reputation": {"known_malicious": ["very high"]}}, count=300)
    first = w.run_once()
    high = assert_told_exactly(w, "emea", first)
    wait_until(lambda: time.time() > epoch(first["sweep"]["started_at"]) + 2, "the next full sweep to be due")
    w.configure({"connector": {"full_interval": "1s"},
                 "reputation": {"known_malicious": ["very high"], "might_be_malicious": ["high"]}})
    second = w.run_once()
    want = [p.told for p in expected(w, "emea", second)]
    assert told(w.fabrics["emea"].tie)[len(high):] == [t for t in want if t not in high]
    assert len(want) > len(high)
