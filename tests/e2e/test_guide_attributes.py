"""The guide's attributes in ThreatQ, row by row: share status, override, trust levels, enrichment; three runs over two fabrics."""

import hashlib

import oracle
import pytest

from guide import Table, level

TRUST_LEVELS = ["Known Trusted Installer", "Known Trusted", "Most Likely Trusted", "Might Be Trusted", "Unknown",
                "Might Be Malicious", "Most Likely Malicious", "Known Malicious", "Not Set"]
PROVIDERS = {"Enterprise Trust Level": "enterprise", "GTI Trust Level": "gti", "ATD Trust Level": "atd"}
COUNTS = {"Detection Count": "detection_count", "Enterprise Count": "enterprise_count"}

table = Table()


def name_of(words, fits):
    """A name whose hash makes tie-sim answer in that way (tests/sim/tie-sim/reputations.h)."""
    return next(n for n in (f"{words} {i}" for i in range(1000)) if fits(hashlib.sha256(n.encode()).digest()))


ALL_KNOWN = name_of("all know it", lambda b: b[0] % 16 and b[2] % 4 != 3 and b[7] % 2)
NONE_KNOWN = name_of("none knows it", lambda b: b[0] % 16 == 0 and b[2] % 4 == 3 and not b[7] % 2)


def add_library(w):
    w.add(ALL_KNOWN, score=8)
    w.add(NONE_KNOWN, score=8)
    for name in TRUST_LEVELS + ["Possible Malicious"]:
        w.add(f"order {name}", score=2)
        w.order(f"order {name}", "emea", name)
    for score in (1, 3, 5, 10):
        w.add(f"score {score}", score=score)
    w.add("ordered low", score=4)
    w.order("ordered low", "emea", "Known Trusted")
    w.add("two orders", score=10)
    w.threatq.add_attribute(w.ids["two orders"], "Reputation Override - emea", "Known Trusted")
    w.threatq.add_attribute(w.ids["two orders"], "Reputation Override - emea", "Known Malicious")
    w.add("fails", score=6)
    w.add("pushed again", score=7)
    w.add("same again", score=7)


@pytest.fixture(scope="module")
def run(guide_world):
    w = guide_world({"emea": {"enrichment": True}, "apac": {"daily_limit": 4}},
                    {"connector": {"status": "Review"}, "publisher": {"retry_delay": "50ms"}})
    add_library(w)
    w.fabrics["emea"].tie.fault(error_hash=w.value("fails"))
    w.before = len(w.threatq.indicators())
    w.run_once(code=1)
    w.first = {"sets": w.sets("emea"), "again": w.shown("pushed again", "Share Status - emea"),
               "fails": w.shown("fails", "Share Status - emea")}
    w.order("pushed again", "emea", "Might Be Trusted")
    w.order("same again", "emea", "most likely malicious")
    w.order("ordered low", "emea", None)
    w.fabrics["emea"].tie.fault(error_hash="")
    w.run_once()
    w.second = w.shown("pushed again", "Share Status - emea")
    w.order("pushed again", "emea", "Known Malicious")
    w.run_once()
    return w


# ---- Share Status ----


@table("Share Status - <connector_name>: created for each indicator after it is pushed")
def share_status(w):
    assert all(w.shown(name, "Share Status - emea") for name in w.told("emea"))


@table("Share Status: Shared")
def shared(w):
    assert w.shown("score 5", "Share Status - emea") == ["Shared"]


@table("Share Status: Shared (Override)")
def shared_override(w):
    assert w.shown("order Unknown", "Share Status - emea") == ["Shared (Override)"]


@table("Share Status: Failed")
def failed(w):
    assert w.first["fails"] == ["Failed"]


@table("track the share status: Failed becomes Shared when a later run succeeds, one value")
def one_value(w):
    assert w.shown("fails", "Share Status - emea") == ["Shared"]


@table("pushed to a particular fabric: each has its own Share Status")
def each_fabric(w):
    assert w.shown("score 10", "Share Status - apac") == ["Shared"]
    assert w.shown("fails", "Share Status - apac") == []


@table("what only waits for tomorrow's limit has no Share Status")
def waits(w):
    assert "score 1" not in w.told("apac") and w.shown("score 1", "Share Status - apac") == []


@table("Ability to publish to multiple DXL fabrics")
def fabrics(w):
    assert w.levels("emea", "score 10") == w.levels("apac", "score 10") == [level("Most Likely Malicious")]
    assert len(w.told("apac")) == 4, "each has its own limit"


# ---- Reputation Override ----


def add_trust_levels():
    for name in TRUST_LEVELS:
        @table(f"Trust Level: {name}")
        def _(w, name=name):
            assert w.levels("emea", f"order {name}") == [level(name)]
            assert w.shown(f"order {name}", "Enterprise Trust Level") == [name]


add_trust_levels()


@table("1.3.1: Reputations that were labeled Possible Malicious have been relabeled as Might Be Malicious")
def relabeled(w):
    assert w.levels("emea", "order Possible Malicious") == [level("Might Be Malicious")]
    assert w.shown("order Possible Malicious", "Enterprise Trust Level") == ["Might Be Malicious"]


@table("Reputation Override: re-push an already pushed indicator with a different reputation")
def pushed_again(w):
    assert w.levels("emea", "pushed again") == [level("Most Likely Malicious"), level("Might Be Trusted"),
                                                level("Known Malicious")]
    assert (w.first["again"], w.second) == (["Shared"], ["Shared (Override)"])


@table("Reputation Override: the same reputation again is not pushed")
def same_again(w):
    assert w.levels("emea", "same again") == [level("Most Likely Malicious")]


@table("Reputation Override - <connector_name>: only for that fabric")
def one_fabric(w):
    assert w.levels("apac", "pushed again") in ([], [level("Most Likely Malicious")])
    assert all(reputation == level("Most Likely Malicious") for _, reputation in w.sets("apac"))


@table("Reputation Override: removed, the score's reputation is pushed")
def removed(w):
    assert w.levels("emea", "ordered low") == [level("Known Trusted"), level("Most Likely Malicious")]
    assert w.shown("ordered low", "Share Status - emea") == ["Shared"]


@table("At maximum, there can be one Reputation Override attribute per indicator")
def two_orders(w):
    assert w.levels("emea", "two orders") == [] and w.shown("two orders", "Share Status - emea") == []
    assert w.levels("apac", "two orders") == [level("Most Likely Malicious")], "of the other fabric it is none"


@table("prioritized: Indicators with Reputation Overwrite set (ordered descending by score)")
def overrides_first(w):
    orders = [name for name, _ in w.first["sets"]][:11]
    assert orders[0] == "ordered low" and all(name.startswith("order") for name in orders)


@table("prioritized: Indicators with a higher score (ordered descending by score)")
def then_by_score(w):
    scores = [name for name, _ in w.first["sets"] if name.startswith("score")]
    assert scores == ["score 10", "score 5", "score 3", "score 1"]


# ---- Intelligence Data Enrichment ----


def add_providers():
    for attribute, key in PROVIDERS.items():
        @table(f"Intelligence Data Enrichment: {attribute}")
        def _(w, attribute=attribute, key=key):
            known = w.knows("emea", ALL_KNOWN)[key]
            assert w.shown(ALL_KNOWN, attribute) == [next(n for n in TRUST_LEVELS if oracle.LEVELS[n.lower()] == known)]
    for attribute, key in COUNTS.items():
        @table(f"Intelligence Data Enrichment: {attribute}")
        def _(w, attribute=attribute, key=key):
            assert w.shown(ALL_KNOWN, attribute) == [str(w.knows("emea", ALL_KNOWN)[key])]


add_providers()


@table("Prevalence - True when the file was referenced by more than a configurable amount of end-points")
def prevalent(w):
    assert w.shown(ALL_KNOWN, "Prevalence") == ["True"] and w.shown(NONE_KNOWN, "Prevalence") == ["False"]


@table("Reputation of this hash as known by GTI, by ATD: nothing where they know none")
def not_known(w):
    assert w.shown(NONE_KNOWN, "GTI Trust Level") == w.shown(NONE_KNOWN, "ATD Trust Level") == []


@table("the Enterprise (which in this case is ThreatQ): its trust level is what was pushed last")
def enterprise(w):
    assert w.shown("pushed again", "Enterprise Trust Level") == ["Known Malicious"]


@table("if file hashes should be enriched: not, when it is off")
def not_enriched(w):
    assert not any(w.shown(name, attribute) for name in w.told("apac") - w.told("emea")
                   for attribute in ("Enterprise Trust Level", "Prevalence", *COUNTS))
    assert w.fabrics["apac"].tie.get_count() <= 3, "each run looks once whether TIE answers"


@table("Querying indicators in the TIE server does not increase the sighting count")
def sightings(w):
    stats = w.fabrics["emea"].tie.stats()
    assert stats["gets"] >= len(w.told("emea")) and stats["sightings"] == 0


@table("Status: This is the default status for objects that are created by this Integration: it creates none")
def status(w):
    assert len(w.threatq.indicators()) == w.before == len(w.ids)


@table("enrich any hash indicators sent to Trellix TIE: each, with one value each")
def each_enriched(w):
    assert all(len(w.shown(name, "Enterprise Trust Level")) == 1 for name in w.told("emea"))


@pytest.mark.xdist_group("guide_attributes")  # one World for all rows
@table.test()
def test_guide(run, row):
    row(run)


def test_guide_pending(world):
    """Share Status: Pending, sent and no answer yet; then Shared."""
    w = world({"emea": {"enrichment": False}},
              {"connector": {"patience": "2s"}, "publisher": {"request_timeout": "1s"}}, count=0)
    one = w.threatq.change({"op": "insert", "type": "MD5", "value": hashlib.md5(b"one").hexdigest(), "score": 9})[0]

    def status():
        return [v for i in w.threatq.indicators() if i.id == one for n, v in i.attributes if n == "Share Status - emea"]

    w.fabrics["emea"].tie.fault(drop_set=1)
    w.run_once(code=1)
    assert status() == ["Pending"]
    w.fabrics["emea"].tie.fault(drop_set=0)
    w.run_once()
    assert status() == ["Shared"]
