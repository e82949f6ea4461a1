"""Taking over from another connector: with `connector.adopt` what ThreatQ shows as shared was told."""

import shutil

import oracle
import pytest
from checks import OVERRIDE, SHARED, assert_counts_add_up, share_status, told

MAPPING = {"known_malicious": ["very high", "high"], "most_likely_malicious": ["medium", "low", "very low"]}
VENDOR = ("Trellix TIE Connector",)


def key(indicator):
    return oracle.TIE_TYPES[indicator.type], indicator.value.lower()


def told_keys(w):
    return {t[:2] for t in told(w.fabrics["emea"].tie)}


def mark(w, indicators, value, name="Share Status - emea"):
    w.threatq.change({"op": "attribute", "ids": [i.id for i in indicators], "name": name, "value": value,
                      "sources": [{"name": VENDOR[0]}]})


def config(**connector):
    return {"connector": connector, "reputation": MAPPING, "enrichment": False}


def test_what_the_old_connector_shared_costs_no_quota(world):
    w = world({"emea": {"daily_limit": 1000}}, config(adopt=True), count=200)
    hashes = w.threatq.plain_hashes()
    mark(w, hashes[:60], SHARED)
    mark(w, hashes[60:63], "Failed")
    mark(w, hashes[63:66], "Pending")
    writes = w.threatq.write_count()
    summary = w.run_once()
    assert told_keys(w) == {key(i) for i in hashes[60:]}
    counts = summary["counts"]["emea"]
    assert_counts_add_up(counts)
    assert counts["already_shared"] == 60
    assert summary["fabrics"]["emea"]["shared"] == len(hashes)
    assert summary["fabrics"]["emea"]["quota"]["used"] == len(hashes) - 60
    assert w.threatq.write_count() - writes == len(hashes) - 60, "what is adopted is not written either"
    after = len(told(w.fabrics["emea"].tie))
    assert w.run_once()["counts"]["emea"]["sent"] == 0
    assert len(told(w.fabrics["emea"].tie)) == after


def test_without_adopt_they_are_pushed(world):
    w = world({"emea": {"daily_limit": 1000}}, config(), count=60)
    hashes = w.threatq.plain_hashes()
    mark(w, hashes, SHARED)
    w.run_once()
    assert told_keys(w) == {key(i) for i in hashes}


def test_changes_after_the_adoption_are_pushed(world):
    w = world({"emea": {"daily_limit": 1000}}, config(adopt=True), count=80)
    hashes = w.threatq.plain_hashes()
    moves, ordered = [i for i in hashes if i.score < 9][:2]
    mark(w, hashes, SHARED)
    w.run_once()
    assert told(w.fabrics["emea"].tie) == []
    w.threatq.set_score(moves.id, 9)
    w.threatq.add_attribute(ordered.id, "Reputation Override - emea", "Known Trusted")
    w.run_once()
    assert told(w.fabrics["emea"].tie) == [(*key(ordered), 99), (*key(moves), 1)]
    after = {i.id: i for i in w.threatq.indicators()}
    assert share_status(after[ordered.id], "emea") == [OVERRIDE]
    w.threatq.set_score(moves.id, 0)
    w.run_once()
    assert told(w.fabrics["emea"].tie)[2:] == [(*key(moves), 15)], "the own memory decides from then on"


@pytest.mark.parametrize("status, order, adopted", [
    (SHARED, None, True),
    (SHARED, "Known Trusted", False),  # the override came later
    (OVERRIDE, None, False),  # the override was removed later
    (OVERRIDE, "Known Trusted", True),
], ids=["shared", "override-since", "override-removed", "shared-by-override"])
def test_what_the_rows_show_as_changed_is_pushed(world, status, order, adopted):
    w = world({"emea": {}}, config(adopt=True), count=20)
    one = w.threatq.plain_hashes()[0]
    if order:
        w.threatq.add_attribute(one.id, "Reputation Override - emea", order)
    mark(w, [one], status)
    w.run_once()
    assert (key(one) in told_keys(w)) is not adopted


def test_an_override_newer_than_the_status_is_pushed(world):
    w = world({"emea": {}}, config(adopt=True), count=20)
    one = w.threatq.plain_hashes()[0]
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Malicious")
    mark(w, [one], OVERRIDE)
    w.threatq.delete_attributes(one.id, "Reputation Override - emea")
    w.threatq.admin.post("/clock", {"ahead_s": 60})
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    w.threatq.admin.post("/clock", {"ahead_s": 0})
    w.run_once()
    assert told(w.fabrics["emea"].tie)[0] == (*key(one), 99)


def test_the_configured_words_are_read(world):
    words = {"shared": "Sent to TIE", "override": "Sent by order", "failed": "Refused", "pending": "On its way"}
    w = world({"emea": {}}, config(adopt=True, share_status=words), count=40)
    hashes = w.threatq.plain_hashes()
    mark(w, hashes[:5], "sent to tie")
    mark(w, hashes[5:10], SHARED)  # a word of nobody
    w.run_once()
    assert told_keys(w) == {key(i) for i in hashes[5:]}
    after = {i.id: i for i in w.threatq.indicators()}
    assert all(share_status(after[i.id], "emea") == ["Sent to TIE"] for i in hashes[5:])


def test_the_word_of_one_fabric_is_not_that_of_another(world):
    w = world({"emea": {}, "apac": {}}, config(adopt=True), count=40)
    hashes = w.threatq.plain_hashes()
    mark(w, hashes, SHARED)
    w.run_once()
    assert told(w.fabrics["emea"].tie) == []
    assert len(told(w.fabrics["apac"].tie)) == len(hashes)


def test_what_waits_for_quota_is_adopted_when_adopt_is_switched_on(world):
    w = world({"emea": {"daily_limit": 5}}, config(), count=60)
    hashes = w.threatq.plain_hashes()
    mark(w, hashes, SHARED)
    assert w.run_once()["counts"]["emea"]["waiting_quota"] == len(hashes) - 5
    w.configure(config(adopt=True))
    summary = w.run_once()
    assert summary["counts"]["emea"]["waiting_quota"] == 0
    assert summary["fabrics"]["emea"]["shared"] == len(hashes)
    assert len(told(w.fabrics["emea"].tie)) == 5


def test_a_lost_store_is_rebuilt(world):
    """All that was told, overrides too; only what changed meanwhile is pushed."""
    w = world({"emea": {}}, config(adopt=True), count=60)
    ordered, moves = [i for i in w.threatq.plain_hashes() if i.score < 9][:2]
    w.threatq.add_attribute(ordered.id, "Reputation Override - emea", "Known Trusted")
    first = w.run_once()
    before = told(w.fabrics["emea"].tie)
    shutil.rmtree(w.folder / "state" / "publisher-emea")
    w.threatq.add_attribute(moves.id, "Reputation Override - emea", "Might Be Trusted")
    again = w.run_once()
    assert told(w.fabrics["emea"].tie)[len(before):] == [(*key(moves), 70)]
    assert again["fabrics"]["emea"]["shared"] == first["fabrics"]["emea"]["shared"]
    w.threatq.delete_attributes(ordered.id, "Reputation Override - emea")
    w.run_once()
    assert told(w.fabrics["emea"].tie)[len(before) + 1:] == [(*key(ordered), 15)], "the memory that was rebuilt decides"
