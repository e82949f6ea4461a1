"""One run from ThreatQ to TIE and back: what is told, in which order, how much, and only once."""

import oracle
from checks import (OVERRIDE, SHARED, assert_counts_add_up, assert_told_exactly, epoch, expected, share_status, told)

TWO = {
    "emea": {"daily_limit": 100000},
    "apac": {
        "daily_limit": 300,
        "enrichment": False,
        "reputation": {"known_malicious": ["very high"], "might_be_malicious": ["high", "medium"]},
    },
}


def test_two_fabrics_are_told_exactly_what_they_must(world):
    w = world(TWO, {"selection": {"days": 200, "status": ["Active", "Review"], "min_score": 2}}, count=3000)
    asked = w.threatq.indicators()
    summary = w.run_once()
    assert summary["exit"] == 0
    all_emea = assert_told_exactly(w, "emea", summary)
    first_apac = assert_told_exactly(w, "apac", summary, limit=300)
    assert len(first_apac) == 300, "the library must be large enough for the quota to bite"
    assert len(all_emea) > 300

    now = epoch(summary["sweep"]["started_at"])
    asked = oracle.asked_for(asked, [w.selection(f) for f in w.fabrics], now)
    assert summary["sweep"]["fetched"] == len(asked)
    for fabric in w.fabrics:
        counts = summary["counts"][fabric]
        assert_counts_add_up(counts)
        want = oracle.counts(asked, fabric, w.selection(fabric), w.reputation(fabric), now)
        assert counts["fetched"] == len(asked)
        assert counts["queued"] == want["push"]
        for name in ("invalid", "conflicting_override", "unmapped"):
            assert counts[name] == want[name], name
        assert counts["filtered"] == {n: want[n] for n in ("days", "status", "score", "attributes")}
    assert summary["counts"]["emea"]["sent"] == len(all_emea)
    assert summary["counts"]["apac"]["sent"] == 300
    assert summary["counts"]["apac"]["waiting_quota"] == len(expected(w, "apac", summary, asked)) - 300
    quota = summary["fabrics"]["apac"]["quota"]
    assert (quota["limit"], quota["used"], quota["left"]) == (300, 300, 0)
    assert summary["fabrics"]["emea"]["shared"] == len(all_emea)


def test_the_second_run_pushes_and_writes_nothing(world):
    w = world(TWO, count=1200)
    w.run_once()
    sets = {f: told(fabric.tie) for f, fabric in w.fabrics.items()}
    writes = w.threatq.write_count()
    assert writes > 0
    second = w.run_once()
    assert {f: told(fabric.tie) for f, fabric in w.fabrics.items()} == sets
    assert w.threatq.write_count() == writes
    assert second["sweep"]["fetched"] > 0, "our own writes were seen again"
    for fabric in w.fabrics:
        assert_counts_add_up(second["counts"][fabric])
        assert second["counts"][fabric]["sent"] == 0
    assert second["counts"]["apac"]["waiting_quota"] > 0


def test_override_is_told_first_and_marked(world):
    w = world({"emea": {"daily_limit": 5}}, {"reputation": {"known_malicious": ["very high", "high"]}}, count=500)
    lowest = min(w.threatq.valid_hashes(), key=lambda i: (i.score, i.id))
    w.threatq.add_attribute(lowest.id, "Reputation Override - emea", "might be TRUSTED")
    w.threatq.add_attribute(lowest.id, "Reputation Override - apac", "Known Malicious")  # not ours
    summary = w.run_once()
    want = assert_told_exactly(w, "emea", summary, limit=5)
    assert want[0] == (oracle.TIE_TYPES[lowest.type], lowest.value.lower(), 70)
    after = {i.id: i for i in w.threatq.indicators()}
    assert share_status(after[lowest.id], "emea") == [OVERRIDE]
    shared = [i for i in after.values() if share_status(i, "emea") == [SHARED]]
    assert len(shared) == 4


def test_override_outside_the_selection_is_seen_when_it_is_set_later(world):
    w = world({"emea": {}}, {"selection": {"min_score": 5}}, count=400)
    w.run_once()
    low = min(w.threatq.valid_hashes(), key=lambda i: (i.score, i.id))
    assert low.score < 5
    before = told(w.fabrics["emea"].tie)
    w.threatq.add_attribute(low.id, "Reputation Override - emea", "Known Trusted")
    w.run_once()
    assert told(w.fabrics["emea"].tie)[len(before):] == [(oracle.TIE_TYPES[low.type], low.value.lower(), 99)]


def test_a_removed_override_gives_way_to_the_score(world):
    w = world({"emea": {}}, count=200)
    one = max(w.threatq.valid_hashes(), key=lambda i: (i.score, i.id))
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    w.run_once()
    before = told(w.fabrics["emea"].tie)
    key = (oracle.TIE_TYPES[one.type], one.value.lower())
    assert before[0] == (*key, 99)
    w.threatq.delete_attributes(one.id, "Reputation Override - emea")
    w.run_once()
    assert told(w.fabrics["emea"].tie)[len(before):] == [(*key, 15)], "no mapping: every band is Most Likely Malicious"
    after = {i.id: i for i in w.threatq.indicators()}
    assert share_status(after[one.id], "emea") == [SHARED]


def test_only_a_score_that_changes_the_reputation_is_told_again(world):
    reputation = {"known_malicious": ["very high", "high"], "most_likely_malicious": ["medium"],
                  "might_be_malicious": ["low", "very low"]}
    w = world({"emea": {}}, {"reputation": reputation}, count=300)
    medium = [i for i in w.threatq.plain_hashes() if int(i.score) == 7]
    moves, stays = medium[0], medium[1]
    w.run_once()
    before = told(w.fabrics["emea"].tie)
    w.threatq.set_score(moves.id, 9)
    w.threatq.set_score(stays.id, 8)
    w.run_once()
    assert told(w.fabrics["emea"].tie)[len(before):] == [(oracle.TIE_TYPES[moves.type], moves.value.lower(), 1)]
    w.threatq.set_score(moves.id, 7)
    w.run_once()
    assert told(w.fabrics["emea"].tie)[len(before) + 1:] == [
        (oracle.TIE_TYPES[moves.type], moves.value.lower(), 15)], "A, B, A again is three pushes"


def test_manual_zero_is_a_score(world):
    w = world({"emea": {"reputation": {"known_malicious": ["high", "very high"]}}}, count=200)
    high = max(w.threatq.valid_hashes(), key=lambda i: (i.score, i.id))
    w.threatq.set_score(high.id, 0)
    summary = w.run_once()
    want = assert_told_exactly(w, "emea", summary)
    assert high.value.lower() not in [value for _, value, _ in want]


def test_bad_and_conflicting_overrides_stop_the_indicator(world):
    w = world({"emea": {}}, count=200)
    bad, conflicting, agreeing = w.threatq.plain_hashes()[:3]
    w.threatq.add_attribute(bad.id, "Reputation Override - emea", "Very Evil")
    w.threatq.add_attribute(conflicting.id, "Reputation Override - emea", "Known Trusted")
    w.threatq.add_attribute(conflicting.id, "Reputation Override - emea", "Known Malicious")
    w.threatq.add_attribute(agreeing.id, "Reputation Override - emea", "Might Be Malicious")
    w.threatq.add_attribute(agreeing.id, "Reputation Override - emea", "possible-malicious")
    summary = w.run_once()
    want = assert_told_exactly(w, "emea", summary)
    values = {value: level for _, value, level in want}
    assert bad.value.lower() not in values
    assert conflicting.value.lower() not in values
    assert values[agreeing.value.lower()] == 30
    assert summary["counts"]["emea"]["conflicting_override"] >= 1
    after = {i.id: i for i in w.threatq.indicators()}
    assert share_status(after[conflicting.id], "emea") == []


def test_attribute_filters(world):
    w = world({"emea": {}}, {"selection": {"attributes": ["Campaign:Alpha", "campaign:Nope", "Campaign:beta", "Tier:1"]}},
              count=300)
    one, two, three, four = w.threatq.plain_hashes()[:4]
    for indicator, pairs in ((one, [("Campaign", "ALPHA"), ("Tier", "1")]), (two, [("Campaign", "Beta")]),
                             (three, [("Campaign", "gamma"), ("Tier", "1")]), (four, [("Campaign", "beta"), ("Tier", "1")])):
        for name, value in pairs:
            w.threatq.add_attribute(indicator.id, name, value)
    w.configure({"selection": {"days": 365, "attributes": ["Campaign:Alpha", "Campaign:beta", "Tier:1"]}})
    summary = w.run_once()
    want = assert_told_exactly(w, "emea", summary)
    assert {v for _, v, _ in want} == {one.value.lower(), four.value.lower()}
