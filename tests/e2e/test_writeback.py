"""What flows back to ThreatQ: one share status, six attributes, and nobody else's rows touched."""

import pytest
from checks import ENRICHMENT, SHARED, changed, expected, share_status, values
from waiting import wait_until

NAMES = {1: "Known Malicious", 15: "Most Likely Malicious", 30: "Might Be Malicious", 50: "Unknown",
         70: "Might Be Trusted", 85: "Most Likely Trusted", 99: "Known Trusted", 100: "Known Trusted Installer",
         0: "Not Set"}
WRITES = "/attributes"


def enrichment_of(tie, push):
    """The six attributes by what TIE says of the hash: name → [value] or [] when not answered."""
    known = tie.reputation(push.value)
    assert known["enterprise"] == push.level, "the lookup follows the set"

    def level(n):
        return [] if n is None else [NAMES[n]]

    return {
        "Enterprise Trust Level": level(known["enterprise"]),
        "GTI Trust Level": level(known["gti"]),
        "ATD Trust Level": level(known["atd"]),
        "Prevalence": ["True" if known["prevalent"] else "False"],
        "Detection Count": [str(known["detection_count"])],
        "Enterprise Count": [str(known["enterprise_count"])],
    }


def ours(name):
    return name in ENRICHMENT or name.startswith("Share Status - ")


def others(indicator):
    return sorted((n, v) for n, v in indicator.attributes if not ours(n))


def test_share_status_and_enrichment(world):
    w = world({"emea": {}, "apac": {"enrichment": False, "daily_limit": 30}}, count=150)
    before = w.threatq.indicators()
    summary = w.run_once()
    after = {i.id: i for i in w.threatq.indicators()}
    pushes = expected(w, "emea", summary)
    assert len(pushes) > 100
    for push in pushes:
        indicator = after[push.id]
        assert share_status(indicator, "emea") == [SHARED if not push.override else "Shared (Override)"]
        got = {name: values(indicator, name) for name in ENRICHMENT}
        assert got == enrichment_of(w.fabrics["emea"].tie, push)
    apac = expected(w, "apac", summary)
    assert all(share_status(after[p.id], "apac") == [SHARED] for p in apac[:30])
    assert all(share_status(after[p.id], "apac") == [] for p in apac[30:]), "what only waits has no share status"
    pushed = {p.id for p in pushes} | {p.id for p in apac[:30]}
    assert changed(before, after.values()) == pushed, "no other indicator was touched"
    assert all(others(i) == others(after[i.id]) for i in before), "nor any other attribute"
    assert summary["enrichment"]["pending"] == 0
    assert summary["enrichment"]["written"] == sum(
        len(v) for p in pushes for v in enrichment_of(w.fabrics["emea"].tie, p).values())


def test_old_values_are_replaced_and_surplus_rows_deleted(world):
    w = world({"emea": {}}, {"connector": {"source": "TIE Connector"}}, count=40)
    one, two = w.threatq.plain_hashes()[:2]
    own, foreign = ["TIE Connector"], ["Somebody Else"]
    w.threatq.add_attribute(one.id, "Share Status - emea", "Failed", own)
    w.threatq.add_attribute(one.id, "Share Status - emea", "Pending", own)
    w.threatq.add_attribute(one.id, "Share Status - apac", "Shared", own)
    w.threatq.add_attribute(one.id, "GTI Trust Level", "Somewhat Odd", own)
    w.threatq.add_attribute(two.id, "GTI Trust Level", "An analyst's word", foreign)
    w.threatq.add_attribute(two.id, "Share Status - emea", "An analyst's word", foreign)
    summary = w.run_once()
    after = {i.id: i for i in w.threatq.indicators()}
    pushes = {p.id: p for p in expected(w, "emea", summary)}
    assert share_status(after[one.id], "emea") == [SHARED]
    assert share_status(after[one.id], "apac") == ["Shared"], "another connector's word stays"
    want = enrichment_of(w.fabrics["emea"].tie, pushes[one.id])
    if want["GTI Trust Level"]:
        assert values(after[one.id], "GTI Trust Level") == want["GTI Trust Level"]
    assert "An analyst's word" in values(after[two.id], "GTI Trust Level")
    assert sorted(share_status(after[two.id], "emea")) == sorted(["An analyst's word", SHARED])


def test_only_what_differs_is_written(world):
    reputation = {"known_malicious": ["very high", "high"], "most_likely_malicious": ["medium"]}
    w = world({"emea": {}}, {"reputation": reputation, "connector": {"source": "TIE Connector"}}, count=60)
    one = next(i for i in w.threatq.plain_hashes() if 7 <= i.score < 9)
    w.run_once()
    before = w.threatq.write_count()
    w.threatq.set_score(one.id, 9)
    w.run_once()
    assert w.threatq.write_count() == before + 1, "the Enterprise Trust Level alone has changed"
    after = {i.id: i for i in w.threatq.indicators()}
    assert values(after[one.id], "Enterprise Trust Level") == ["Known Malicious"]
    assert share_status(after[one.id], "emea") == [SHARED]


def test_words_and_enrichment_are_configurable(world):
    w = world({"emea": {}}, {"enrichment": False, "connector": {"share_status": {"shared": "Told TIE"}}}, count=30)
    summary = w.run_once()
    after = {i.id: i for i in w.threatq.indicators()}
    for push in expected(w, "emea", summary):
        if not push.override:
            assert share_status(after[push.id], "emea") == ["Told TIE"]
    assert not any(name in ENRICHMENT for i in after.values() for name, _ in i.attributes)
    assert w.fabrics["emea"].tie.get_count() <= 1, "the preflight asks once, nothing else does"


@pytest.mark.parametrize("fault", [
    {"kind": "429", "every": 3, "retry_after": 1, "count": 10},
    {"kind": "reset", "every": 4},
    {"kind": "lost", "every": 5},
    {"kind": "item-error", "every": 6, "method": "POST", "count": 6},
    {"kind": "401", "every": 7},
], ids=lambda f: f["kind"])
def test_writes_that_fail_for_a_while(world, fault):
    w = world({"emea": {}}, count=80)
    w.threatq.fault(path=WRITES, **fault)
    stages = w.stages().start()
    sweep = stages.wait_report("fetcher", lambda r: r["sweep"]["number"] >= 1 and r["sweep"]["state"] == "idle",
                               "the sweep")
    stages.wait_report("publisher-emea", lambda r: r["idle"] and r["shared"] > 0 and not r["outbox"],
                       "the write-back", 150)
    assert w.threatq.fault_hits() >= 1
    after = {i.id: i for i in w.threatq.indicators()}
    for push in expected(w, "emea", {"sweep": sweep["sweep"]}):
        assert len(share_status(after[push.id], "emea")) == 1
        got = {name: values(after[push.id], name) for name in ENRICHMENT}
        assert got == enrichment_of(w.fabrics["emea"].tie, push)


def test_threatq_is_down_for_writes_and_comes_back(world):
    w = world({"emea": {}}, count=80)
    w.threatq.fault("500html", path=WRITES)
    stages = w.stages().start()
    wait_until(lambda: w.threatq.fault_hits() >= 5, "writes to fail")
    want = stages.wait_report("publisher-emea", lambda r: r["idle"] and r["shared"] > 0 and not r["queued"], "the push")
    assert want["outbox"] == want["shared"], "nothing is forgotten"
    assert w.threatq.fault_hits() < 200, "a server that is down is not hammered"
    w.threatq.clear_faults()
    stages.wait_report("publisher-emea", lambda r: not r["outbox"], "the write-back", 120)
    assert sum(len(share_status(i, "emea")) for i in w.threatq.indicators()) == want["shared"]


def test_outcomes_wait_while_no_enricher_runs(world):
    w = world({"emea": {}}, count=60)
    stages = w.stages().start("fetcher", "mapper", "publisher-emea")
    want = stages.wait_report("publisher-emea", lambda r: r["shared"] > 0 and r["idle"] and not r["queued"],
                              "the push")["shared"]
    assert stages.report("publisher-emea")["outbox"] == want, "kept while nobody writes"
    stages.start("enricher")
    stages.wait_report("publisher-emea", lambda r: r["outbox"] == 0, "the write-back")
    assert sum(len(share_status(i, "emea")) for i in w.threatq.indicators()) == want


def test_an_indicator_that_is_gone_ends_its_outcome(world):
    w = world({"emea": {}}, count=30)
    stages = w.stages().start("fetcher", "mapper", "publisher-emea")
    stages.wait_report("publisher-emea", lambda r: r["shared"] > 0 and r["idle"] and not r["queued"], "the push")
    gone = w.threatq.plain_hashes()[0]
    w.threatq.delete([gone.id])
    stages.start("enricher")
    wait_until(lambda: stages.report("publisher-emea")["outbox"] == 0, "the write-back")
