"""Data Collections: a saved search of ThreatQ selects, instead of the filters of the configuration."""

import re

import pytest

import product
import tools
from checks import assert_counts_add_up, told
from test_override import NAME as OVERRIDE_NAME
from test_override import insert
from test_remote_config import level_of
from waiting import wait_until

NAME = "Hashes for TIE"
BAD_AND_ACTIVE = {"criteria": {}, "filters": {"+and": [{"score": {"+gte": 7}}, {"status_name": "Active"}]}}


def by_collection(name=NAME, threatq=None, **over):
    # None of what `selection` says would let anything pass.
    return {"threatq": {"data_collection": name, **(threatq or {})}, "enrichment": False,
            "selection": {"days": 1, "status": ["Whitelisted"], "min_score": 99, "attributes": ["No:such"]}, **over}


def levels_of(w, *ids):
    return [level_of(w, i) for i in ids]


def test_the_saved_search_selects_instead_of_the_filters(world):
    w = world({"emea": {}}, by_collection(), count=0)
    w.threatq.saved_searches(("other", {"criteria": {}, "filters": {}}), (NAME, BAD_AND_ACTIVE),
                             (NAME.lower(), {"criteria": {}, "filters": {}}))
    inside = [insert(w, "a", age_days=900), insert(w, "b", score=7)]
    outside = [insert(w, "c", score=6), insert(w, "d", status="Review")]
    w.threatq.change({"op": "insert", "type": "FQDN", "value": "evil.example", "status": "Active", "manual": 9})
    summary = w.run_once()
    assert levels_of(w, *inside, *outside) == [15, 15, None, None]
    assert summary["sweep"]["fetched"] == summary["counts"]["emea"]["fetched"] == 2
    assert_counts_add_up(summary["counts"]["emea"])


@pytest.mark.parametrize("query", [
    {"criteria": {"status_name": "Active"}, "filters": {"score": {"+gte": 7}}},
    {"criteria": {"+and": [{"status_name": "Active"}, {"score": {"+gte": 7}}]}, "filters": []},
    {"filters": {"+and": [{"status_name": "Active"}, {"score": {"+gte": 7}}]}},
    {"criteria": {"mentions": "", "status_name": "Active"}, "filters": {"score": {"+gte": 7}}},
])
def test_criteria_and_filters_both_hold(world, query):
    w = world({"emea": {}}, by_collection(), count=0)
    w.threatq.saved_searches((NAME, query))
    ids = insert(w, "a"), insert(w, "b", score=6), insert(w, "c", status="Review")
    w.run_once()
    assert levels_of(w, *ids) == [15, None, None]


def test_incremental_sweeps_see_what_enters_and_what_leaves(world):
    w = world({"emea": {"daily_limit": 1}}, by_collection(), count=0)
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    first, leaves, enters = insert(w, "first", score=10), insert(w, "leaves", score=9), insert(w, "enters", score=3)
    assert w.run_once()["fabrics"]["emea"]["queued"] == 1
    w.threatq.set_score(leaves, 2)
    w.threatq.set_score(enters, 8)
    second = w.run_once()
    assert second["sweep"]["kind"] == "incremental"
    counts = second["counts"]["emea"]
    assert_counts_add_up(counts)
    assert counts["filtered"]["collection"] == 1 and counts["queued"] == 1
    assert second["sweep"]["fetched"] == counts["fetched"] == 3, "each once, though two searches are made"
    assert product.command(tools.CONSOLE, "quota", "reset", "-c", w.config).code == 0
    w.run_once()
    assert levels_of(w, first, leaves, enters) == [15, None, 15]


def test_overrides_count_on_indicators_of_no_collection(world):
    w = world({"emea": {}, "apac": {}}, by_collection(), count=0)
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    inside, outside = insert(w, "in"), insert(w, "out", status="Expired", score=0)
    w.run_once()
    for one in (inside, outside):
        w.threatq.add_attribute(one, OVERRIDE_NAME, "Known Trusted")
    w.run_once()
    assert levels_of(w, inside, outside) == [99, 99]
    assert (level_of(w, inside, "apac"), level_of(w, outside, "apac")) == (15, None)
    for one in (inside, outside):
        w.threatq.delete_attributes(one, OVERRIDE_NAME)
    summary = w.run_once()
    assert levels_of(w, inside, outside) == [15, 99], "outside nothing speaks for it any more"
    assert summary["counts"]["emea"]["filtered"]["collection"] == 1


@pytest.mark.parametrize("options", [{}, {"no_cursor": True}])
def test_a_large_collection_page_by_page(world, options):
    w = world({"emea": {"daily_limit": 100000}}, by_collection(threatq={"page_size": 50}), count=2000, **options)
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    want = {i.value.lower() for i in w.threatq.plain_hashes() if i.score >= 7 and i.status == "Active"}
    first = w.run_once()
    plain = {i.value.lower() for i in w.threatq.plain_hashes()}
    assert {t[1] for t in told(w.fabrics["emea"].tie) if t[1] in plain} == want and len(want) > 100
    # The second one sees all that the first wrote to: each is counted once, and nothing is told twice.
    before = len(told(w.fabrics["emea"].tie))
    second = w.run_once()
    assert len(told(w.fabrics["emea"].tie)) == before
    counts = second["counts"]["emea"]
    assert_counts_add_up(counts)
    assert second["sweep"]["fetched"] == counts["fetched"] >= len(want)
    assert first["sweep"]["fetched"] == first["counts"]["emea"]["fetched"]


def test_run_by_hash_when_the_list_does_not_say_what_it_searches(world):
    w = world({"emea": {}}, by_collection(), count=0)
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    w.threatq.admin.post("/options", {"no_saved_query": True})
    inside, outside = insert(w, "a"), insert(w, "b", score=1)
    w.threatq.change({"op": "insert", "type": "FQDN", "value": "evil.example", "status": "Active", "manual": 9})
    summary = w.run_once()
    assert levels_of(w, inside, outside) == [15, None]
    assert summary["sweep"]["fetched"] == summary["counts"]["emea"]["fetched"] == 1
    assert w.threatq.stats()["routes"]["GET /api/indicators/query/hash/*"] > 0
    w.threatq.add_attribute(outside, OVERRIDE_NAME, "Known Malicious")
    w.run_once()
    assert levels_of(w, inside, outside) == [15, 1]


def test_by_hash_without_attributes_is_an_error(world):
    w = world({"emea": {}}, by_collection(), count=0, no_unasked_attributes=True)
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    one = insert(w, "a")
    w.threatq.admin.post("/options", {"no_saved_query": True})
    failed = w.run_once(code=1)
    assert "sends no attributes" in failed["sweep"]["error"] and level_of(w, one) is None


@pytest.mark.parametrize("searches, options, said", [
    ([], {}, f'ThreatQ has no Data Collection "{NAME}"'),
    ([(NAME, BAD_AND_ACTIVE), (NAME, BAD_AND_ACTIVE)], {}, f'ThreatQ has 2 Data Collections "{NAME}": rename all but one'),
    ([(NAME, {})], {"no_saved_hash": True}, "cannot be read: save it anew"),
    ([(NAME, "nonsense")], {"no_saved_hash": True}, "cannot be read: save it anew"),
    ([(NAME, {"criteria": 5, "filters": {}})], {"no_saved_hash": True}, "cannot be read: save it anew"),
    ([(NAME, BAD_AND_ACTIVE)], {"no_saved_query": True, "no_saved_hash": True}, "cannot be read: save it anew"),
    ([(NAME, {"criteria": {}, "filters": {"no_such_key": 1}})], {}, "no_such_key"),
])
def test_one_that_cannot_be_had_keeps_the_checkpoint(world, searches, options, said):
    w = world({"emea": {}}, by_collection(), count=0)
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    one = insert(w, "one")
    w.run_once()
    before = product.command(tools.FETCHER, "-c", w.config, "--report").json["fabrics"]["emea"]["checkpoint"]
    w.threatq.saved_searches(*searches)
    w.threatq.admin.post("/options", options)
    late = insert(w, "late")
    failed = w.run_once(code=1)
    assert failed["sweep"]["state"] == "failed" and said in failed["sweep"]["error"], failed["sweep"]["error"]
    assert product.command(tools.FETCHER, "-c", w.config, "--report").json["fabrics"]["emea"]["checkpoint"] == before
    w.threatq.admin.post("/options", {"no_saved_query": False, "no_saved_hash": False})
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    w.run_once()
    assert levels_of(w, one, late) == [15, 15]


def test_another_search_is_taken_over_by_a_full_sweep(world):
    w = world({"emea": {}}, by_collection(), count=0)
    many = [(f"search {n}", {"criteria": {}, "filters": {}}) for n in range(30)]
    w.threatq.saved_searches(*many, (NAME, BAD_AND_ACTIVE))
    high, low = insert(w, "high"), insert(w, "low", score=2)
    w.run_once()
    w.threatq.change({"op": "created", "ids": [high, low], "created_at": "2020-01-01 00:00:00"})
    assert w.run_once()["sweep"]["kind"] == "incremental"
    w.threatq.saved_searches((NAME, {"criteria": {}, "filters": {"score": {"+lt": 3}}}))
    # It is not taken for done before a full sweep has come to its end.
    w.threatq.fault("400", path="indicators/query", count=4)
    w.run_once(code=1)
    w.threatq.clear_faults()
    again = w.run_once()
    assert again["sweep"]["kind"] == "full"
    assert levels_of(w, high, low) == [15, 15]
    w.configure({"enrichment": False, "threatq": {"data_collection": None}, "selection": {"days": 365, "min_score": 1}})
    assert w.run_once()["sweep"]["kind"] == "full", "and so is the end of it"


def test_a_fetcher_that_is_killed_starts_the_sweep_over(world):
    """In its second search, where what the first one found is told apart by what it remembered."""
    w = world({"emea": {"daily_limit": 100000}},
              by_collection(threatq={"page_size": 50}, connector={"interval": "5s"}), count=1500)
    w.threatq.saved_searches((NAME, {"criteria": {}, "filters": {}}))
    assert w.run_once()["sweep"]["pages"] < 25
    w.threatq.fault("slow", path="indicators/query", delay_ms=60)
    stages = w.stages().start()
    stages.wait_report("fetcher", lambda r: r["sweep"]["number"] == 2 and r["sweep"]["pages"] >= 25, "the second search")
    stages.kill("fetcher")
    w.threatq.clear_faults()
    stages.start("fetcher")
    fetched = wait_until(lambda: re.search(r"sweep ends number=2 fetched=(\d+)", stages["fetcher"].output()), "sweep 2 to end")
    taken = wait_until(lambda: re.search(r"sweep taken number=2 .*indicators=(\d+)", stages["publisher-emea"].output()),
                       "the publisher to have it")
    assert int(fetched[1]) == int(taken[1]) > 900


@pytest.mark.parametrize("searches, options, level, said", [
    ([(NAME, BAD_AND_ACTIVE)], {}, "ok", "is there"),
    ([(NAME, BAD_AND_ACTIVE)], {"no_saved_query": True}, "warning", "each sweep takes all of it"),
    ([], {}, "failed", "ThreatQ has no Data Collection"),
])
def test_check_looks_at_it(world, searches, options, level, said):
    w = world({"emea": {}}, by_collection(), count=5)
    w.threatq.saved_searches(*searches)
    w.threatq.admin.post("/options", options)
    result = product.command(tools.CONSOLE, "check", "--json", "-c", w.config)
    found = [f for f in result.json["findings"] if f["check"] == "threatq-collection"]
    assert len(found) == 1 and (found[0]["level"], found[0]["subject"]) == (level, NAME)
    assert said in found[0]["text"] and result.code == (1 if level == "failed" else 0)


def test_the_table_has_a_row_for_it(world):
    w = world({"emea": {}}, by_collection(), count=0)
    w.threatq.saved_searches((NAME, BAD_AND_ACTIVE))
    one = insert(w, "one", score=1)
    assert "not in the collection" not in product.command(tools.CONSOLE, "run", "-c", w.config).stdout
    w.threatq.set_score(one, 2)
    assert re.search(r"not in the collection +1\n", product.command(tools.CONSOLE, "run", "-c", w.config).stdout)
