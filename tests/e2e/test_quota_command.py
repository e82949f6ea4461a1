"""The quota ledger: reset, as the guide's removing of the cache file does, and the vendor's own cache file."""

import json
import os
import time

import pytest

import configfile
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


# ---- the console ----


def quota(w, *words, code=0):
    done = command(tools.CONSOLE, "quota", *words, "-c", w.config)
    assert done.code == code, done.stderr
    return done


def test_show_tells_each_fabric_whether_its_publisher_runs_or_not(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}, "apac": {"daily_limit": 100000}}, count=400)
    before = quota(w, "show", "--json").json["fabrics"]
    assert list(before) == ["emea", "apac"]
    assert before["apac"]["limit"] == before["apac"]["left"] == 100000
    assert before["emea"] == {
        "state": "stopped", "limit": 50, "used": 0, "left": 50, "next_free_at": None,
        "backlog": 0, "wait_s": 0, "days": 0.0, "through_at": None,
    }  # fmt: skip
    stages = w.stages().start()
    report = stages.wait_report(
        "publisher-emea", lambda r: r["quota"]["left"] == 0 and r["idle"] and not r["sweep_open"], "quota used"
    )
    running = quota(w, "--json").json["fabrics"]["emea"]
    assert (running["state"], running["limit"], running["used"], running["left"]) == ("running", 50, 50, 0)
    assert running["backlog"] == report["queued"] > 50
    rounds = (report["queued"] - 1) // 50
    assert rounds < running["days"] <= rounds + 1.1
    assert running["days"] == -(-running["wait_s"] * 10 // 86400) / 10
    assert running["next_free_at"] < running["through_at"]
    stages.close()
    stopped = quota(w, "show", "-cn", "emea", "--json").json["fabrics"]
    assert list(stopped) == ["emea"]
    assert stopped["emea"]["state"] == "stopped"
    assert {k: stopped["emea"][k] for k in ("limit", "used", "left", "backlog")} == {
        k: running[k] for k in ("limit", "used", "left", "backlog")
    }
    table = quota(w).stdout
    row = next(line for line in table.splitlines() if line.startswith("emea"))
    assert row.split()[1:4] == ["50", "50", "0"]
    assert row.split()[-3] == str(report["queued"]) and row.endswith(" d")
    assert max(map(len, table.splitlines())) <= 80


def test_reset_by_the_console_says_what_it_did(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}, "apac": {"daily_limit": 60}}, count=400)
    w.run_once()
    done = quota(w, "reset", "-cn", "emea")
    assert "emea: emptied the quota ledger. 50 requests of the last 24 hours" in done.stdout
    assert "up to 50 more may leave at once, with the next run" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    after = quota(w, "show", "--json").json["fabrics"]
    assert (after["emea"]["used"], after["emea"]["left"]) == (0, 50)
    assert (after["apac"]["used"], after["apac"]["left"]) == (60, 0), "-cn names the only one that is reset"
    stages = w.stages().start()
    report = stages.wait_report("publisher-emea", lambda r: r["shared"] == 100 and r["quota"]["used"] == 50, "50 more")
    running = quota(w, "reset", "--json").json["fabrics"]
    assert running["emea"] == {"forgotten": 50, "limit": 50, "pid": report["pid"]}
    assert (running["apac"]["forgotten"], running["apac"]["limit"]) == (60, 60)
    stages.wait_report("publisher-emea", lambda r: r["shared"] == 150, "50 more to leave")


def test_one_fabric_without_an_answer_hides_no_other(world):
    w = world({"emea": {}, "apac": {"daily_limit": 60}})
    (w.folder / "state" / "publisher-emea").write_text("a file where a folder should be")
    done = quota(w, "show", "--json", code=1).json["fabrics"]
    assert "cannot read the store" in done["emea"]["error"]
    assert done["apac"]["limit"] == 60
    table = quota(w, "show", code=1).stdout
    assert "no answer" in table and "emea: cannot read the store" in table
    reset_too = quota(w, "reset", "--json", code=1).json["fabrics"]
    assert "error" in reset_too["emea"] and reset_too["apac"]["forgotten"] == 0


@pytest.mark.parametrize("words", [["forget"], ["show", "reset"], ["reset", "now"]])
def test_quota_takes_no_other_words(words):
    done = command(tools.CONSOLE, "quota", *words)
    assert done.code == 2
    assert words[-1] in done.stderr


def test_the_guides_x_names_the_cache_file_of_a_run(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=400)
    old = w.folder / "old"
    old.mkdir()
    cache = old / "Trellix_tie_cache-emea.json"
    cache.write_text(json.dumps({"indicators_sent": 30, "start_time": int(time.time()) - 3600}))
    used = w.run_once("-x", old)["fabrics"]["emea"]["quota"]
    assert (used["used"], used["left"]) == (50, 0)
    assert w.fabrics["emea"].tie.set_count() == 20
    quota(w, "reset")
    w.run_once("--cache", cache)
    assert w.fabrics["emea"].tie.set_count() == 70, "the file was not counted a second time"


def test_a_missing_cache_file_is_said_once(world):
    """A job of cron may go on passing -x when the file is long gone."""
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=10)
    cache = w.folder / "old.json"
    first, second = (command(tools.CONSOLE, "run", "-x", cache, "-c", w.config) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    assert f"no cache file {cache}" in first.stderr
    assert "cache" not in second.stderr
    # It is counted whenever it is there.
    before = quota(w, "show", "--json").json["fabrics"]["emea"]["used"]
    cache.write_text(json.dumps({"indicators_sent": 30, "start_time": int(time.time()) - 3600}))
    assert w.run_once("-x", cache)["fabrics"]["emea"]["quota"]["used"] == before + 30


def test_x_says_that_a_service_has_started_without_it(world):
    w = world({"emea": {"daily_limit": 50, "enrichment": False}}, count=100)
    w.stages("--on-request").start_service().wait_report("publisher-emea", lambda r: r["connected"], "the service to run")
    done = command(tools.CONSOLE, "run", "-x", w.folder, "-c", w.config)
    assert "-x is for those that this command starts" in done.stderr


@pytest.mark.parametrize(
    ("value", "taken"),
    [(0, 0), (-1, 0), (1, 1), (100000, 100000), (100001, 0), ("abc", 0), ("1e3", 0), (99999999999999, 0), (1000.0, 0)],
)
def test_a_daily_limit_is_taken_exactly_or_refused(tmp_path, value, taken):
    config = configfile.write_config(
        tmp_path / "tq-trellix-tie.yaml",
        configfile.merged(
            configfile.DEFAULTS,
            {
                "threatq": {"host": "https://localhost"},
                "connector": {"state_dir": str(tmp_path), "run_dir": str(tmp_path)},
                "fabrics": [{"name": "emea", "dxl_config": str(tmp_path / "dxlclient.config"), "daily_limit": value}],
            },
        ),
    )
    shown = command(tools.CONSOLE, "quota", "show", "--json", "-c", config)
    report = command(tools.PUBLISHER, "--report", "--fabric", "emea", "-c", config)
    if taken:
        assert (shown.code, report.code) == (0, 0), shown.stderr + report.stderr
        assert shown.json["fabrics"]["emea"]["limit"] == report.json["quota"]["limit"] == taken
        return
    for refused in (shown, report):
        assert (refused.code, refused.stdout) == (2, "")
        assert "fabrics[0].daily_limit" in refused.stderr and str(value) in refused.stderr
        assert "write a number from 1 to 100000" in refused.stderr
