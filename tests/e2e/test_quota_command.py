"""The quota ledger: reset, as the guide's removing of the cache file does, and the vendor's own cache file."""

import json
import os
import time

import tools
from product import command


def reset(world):
    return command(tools.PUBLISHER, "-c", world.config, "--fabric", "emea", "--quota-reset")


def test_reset_while_nothing_runs_lets_the_rest_out(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=400)
    first = w.run_once()
    assert first["fabrics"]["emea"]["quota"]["left"] == 0
    assert w.fabrics["emea"].tie.set_count() == 50
    done = reset(w)
    assert done.code == 0, done.stderr
    assert done.json["forgotten"] == 50 and done.json["limit"] == 50 and done.json["pid"] == 0
    assert "do not count any more" in done.stderr
    w.run_once()
    assert w.fabrics["emea"].tie.set_count() == 100


def test_a_publisher_that_runs_is_asked_to_reset(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=400)
    stages = w.stages().start()
    stages.wait_report("publisher-emea", lambda r: r["quota"]["left"] == 0 and r["quota"]["used"] == 50, "quota used")
    report = stages.report("publisher-emea")
    assert report["quota"]["backlog"] == report["queued"] > 50
    rounds = (report["queued"] - 1) // 50
    assert rounds * 86400 <= report["quota"]["wait_s"] <= (rounds + 1) * 86410
    done = reset(w)
    assert done.code == 0, done.stderr
    assert done.json["pid"] == report["pid"]
    stages.wait_report("publisher-emea", lambda r: r["shared"] == 100 and r["quota"]["used"] == 50, "50 more to leave")
    assert not list((w.folder / "state").glob("*.quota-reset"))


def test_a_request_that_outlived_a_crash_is_done_once(world):
    """A publisher that was killed between emptying its ledger and removing the request finds the request again."""
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=400)
    assert w.run_once()["fabrics"]["emea"]["quota"]["used"] == 50
    request = w.folder / "state" / "publisher-emea.quota-reset"
    made = 1_700_000_000_123_456_789

    def ask_and_run():
        request.touch()
        os.utime(request, ns=(made, made))
        w.run_once()
        assert not request.exists()
        return w.fabrics["emea"].tie.set_count()

    assert ask_and_run() == 100
    assert ask_and_run() == 100, "the same request was done twice"
    made += 1
    assert ask_and_run() == 150, "another request was not done"


def test_the_vendors_cache_file_counts_once_and_is_left_alone(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=400)
    cache = w.folder / "trellix_tie_cache.json"
    cache.write_text(json.dumps({"indicators_sent": 30, "start_time": int(time.time()) - 3600}))
    before = cache.read_bytes(), cache.stat().st_mtime_ns
    quota = w.run_once()["fabrics"]["emea"]["quota"]
    assert (quota["used"], quota["left"]) == (50, 0)
    assert w.fabrics["emea"].tie.set_count() == 20
    assert (cache.read_bytes(), cache.stat().st_mtime_ns) == before
    assert reset(w).json["forgotten"] == 50
    w.run_once()
    assert w.fabrics["emea"].tie.set_count() == 70, "the file was not counted a second time"


def test_a_bad_cache_file_is_said_and_stops_nothing(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=200)
    (w.folder / "Trellix_tie_cache-emea.json").write_text('{"indicators_sent": "many"}')
    logs = w.folder / "logs"
    logs.mkdir()
    w.run_once("-ll", logs)
    assert w.fabrics["emea"].tie.set_count() == 50
    assert "is not counted: indicators_sent is no number" in (logs / "publisher-emea.log").read_text()
