"""The guide's "Daily Rate Limiting" and its cache file, row by row: fabrics that each have another limit or past, and three runs."""

import json
import shutil
import time
from pathlib import Path

import configfile
import pytest

import tools
from guide import Table, refused
from product import command

HOUR = 3600
NAMES = [f"score {n}" for n in range(10, 0, -1)]  # best first

table = Table()


def cache_file(folder, fabric, sent, hours_ago):
    path = folder / f"Trellix_tie_cache-{fabric}.json"
    path.write_text(json.dumps({"indicators_sent": sent, "start_time": int(time.time()) - hours_ago * HOUR}))
    return path


def quotas(w):
    return command(tools.CONSOLE, "quota", "show", "--json", "-c", w.config).json["fabrics"]


@pytest.fixture(scope="module")
def run(guide_world):
    w = guide_world({"limited": {"daily_limit": 4}, "other": {"daily_limit": 4}, "default": {}, "hard": {"daily_limit": 100000},
                     "vendor": {"daily_limit": 8}, "yesterday": {"daily_limit": 8}}, {"publisher": {"retry_delay": "50ms"}})
    cache_file(w.folder, "vendor", 5, 23)
    cache_file(w.folder, "yesterday", 5, 25)
    for score, name in zip(range(10, 0, -1), NAMES):
        w.add(name, score=score)
    hard = w.fabrics["hard"].tie
    hard.fault(error_hash=w.value("score 1"))
    w.first = w.run_once(code=1)
    w.first_sets = {name: w.sets(name) for name in w.fabrics}
    hard.fault(error_hash="")
    cache = cache_file(w.folder, "vendor", 1, 23)
    w.cache_was = cache.read_bytes()
    w.run_once()
    w.second_sets = {name: w.sets(name) for name in w.fabrics}
    w.cache_is = cache.read_bytes()
    w.before_reset = quotas(w)
    command(tools.CONSOLE, "quota", "reset", "-cn", "limited", "-c", w.config)
    w.after_reset = quotas(w)
    w.run_once("-cn", "limited")
    return w


@table("ThreatQ will not push more than the configured indicators per day")
def no_more(w):
    assert len(w.first_sets["limited"]) == 4


@table("The rate limit is honored regardless of how often the connector runs")
def runs(w):
    assert w.second_sets["limited"] == w.first_sets["limited"]


@table("Daily Rate Limiting: the number of DXL set reputation requests made, repeats too")
def requests(w):
    sets = w.first_sets["hard"]
    assert len(sets) > len(NAMES), "TIE answered with an error, and it was tried again"
    assert w.first["fabrics"]["hard"]["quota"]["used"] == len(sets)


@table("The default limit setting is 1000")
def default(w):
    assert w.before_reset["default"]["limit"] == 1000


@table("100,000 indicators per day is taken")
def hard(w):
    assert w.before_reset["hard"]["limit"] == 100000


@table("Indicators with a higher score are sent first (ordered descending by score)")
def best_first(w):
    assert [name for name, _ in w.first_sets["limited"]] == NAMES[:4]


@table("Data pertaining to the daily rate limiting is persisted")
def persisted(w):
    assert (w.before_reset["other"]["used"], w.before_reset["other"]["left"]) == (4, 0)


@table("Trellix_tie_cache-<connector-name>.json: indicators_sent counts")
def vendor(w):
    assert len(w.first_sets["vendor"]) == 8 - 5


@table("start_time: 24 hours after the recorded start time nothing of it counts")
def yesterday(w):
    assert len(w.first_sets["yesterday"]) == 8


@table("the cache file of the connector before is read once, and never changed")
def once(w):
    assert w.second_sets["vendor"] == w.first_sets["vendor"]
    assert w.cache_is == w.cache_was


@table("can be removed to reset the daily rate limit: quota reset")
def reset(w):
    assert (w.before_reset["limited"]["left"], w.after_reset["limited"]["left"]) == (0, 4)
    assert [name for name, _ in w.sets("limited")] == NAMES[:8]


@table("reset the daily rate limit for the specific connector in question")
def specific(w):
    assert (w.after_reset["other"]["used"], w.after_reset["other"]["left"]) == (4, 0)
    assert w.sets("other") == w.first_sets["other"]


@pytest.mark.xdist_group("guide_quota")  # one World for all rows
@table.test()
def test_guide(run, row):
    row(run)


@pytest.mark.parametrize("words", ["trellix_tie_cache.json", "Trellix_tie_cache-emea.json"])
@pytest.mark.parametrize("how", ["-x, --cache: the file", "-x, --cache: the folder", "beside the configuration"])
def test_guide_cache_file(world, words, how):
    w = world({"emea": {"daily_limit": 6, "enrichment": False}}, {"selection": {"days": 365}}, count=40)
    folder = w.folder if how.startswith("beside") else Path(w.folder / "old")
    folder.mkdir(exist_ok=True)
    path = folder / words
    path.write_text(json.dumps({"indicators_sent": 5, "start_time": int(time.time()) - HOUR}))
    given = {"-x, --cache: the file": ["-x", path], "-x, --cache: the folder": ["--cache", folder]}.get(how, [])
    w.run_once(*given)
    assert w.fabrics["emea"].tie.set_count() == 6 - 5


LIMITS = {"Enter a daily limit, 1-100000": [1, 100000], "1-100000: not 0": [0], "100,000 indicators per day is the hard limit": [100001],
          "a daily limit is a whole number": ["abc", "1e3", -1, 99999999999999]}


@pytest.mark.parametrize("words", LIMITS)
def test_guide_limits(tmp_path, words):
    for limit in LIMITS[words]:
        config = configfile.write_config(tmp_path / "tq-trellix-tie.yaml", configfile.merged(configfile.DEFAULTS, {
            "threatq": {"host": "https://localhost"}, "connector": {"state_dir": str(tmp_path), "run_dir": str(tmp_path)},
            "fabrics": [{"name": "emea", "dxl_config": str(tmp_path / "dxlclient.config"), "daily_limit": limit}]}))
        if words.startswith("Enter"):
            assert command(tools.CONSOLE, "quota", "show", "--json", "-c", config).json["fabrics"]["emea"]["limit"] == limit
        else:
            assert "fabrics[0].daily_limit" in refused(config, "quota", "show")


def test_removing_the_store_is_the_guides_removing_of_the_cache_file(world):
    """"This file can be modified or removed": ours is the fabric's folder, which holds more: all is told again."""
    w = world({"emea": {"daily_limit": 5, "enrichment": False}}, count=40)
    w.run_once()
    shutil.rmtree(w.folder / "state" / "publisher-emea")
    w.run_once()
    sets = [(s.value, s.level) for s in w.fabrics["emea"].tie.sets()]
    assert sets[5:] == sets[:5]
