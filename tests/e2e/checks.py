"""What several tests assert of a finished run."""

import datetime

import oracle

SHARED, OVERRIDE, FAILED, PENDING = "Shared", "Shared (Override)", "Failed", "Pending"
ENRICHMENT = ["Enterprise Trust Level", "GTI Trust Level", "ATD Trust Level", "Prevalence", "Detection Count",
              "Enterprise Count"]


def epoch(utc):
    return int(datetime.datetime.fromisoformat(utc.replace("Z", "+00:00")).timestamp())


def told(tie):
    """What TIE was told, in the order in which it was: [(type, value, level)]."""
    return [(s.type, s.value, s.level) for s in tie.sets()]


def expected(world, fabric, summary, indicators=None):
    """The oracle's pushes for a full sweep that began when the summary says."""
    now = epoch(summary["sweep"]["started_at"])
    if indicators is None:
        indicators = oracle.asked_for(world.threatq.indicators(), [world.selection(f) for f in world.fabrics], now)
    return oracle.pushes(indicators, fabric, world.selection(fabric), world.reputation(fabric), now)


def assert_told_exactly(world, fabric, summary, limit=100000):
    """TIE of this fabric got exactly the oracle's pushes, best first, cut at the quota."""
    want = [p.told for p in expected(world, fabric, summary)][:limit]
    got = told(world.fabrics[fabric].tie)
    assert len(got) == len(want)
    assert got == want
    return want


def assert_told_all(world, fabric, summary, limit=100000):
    """The same without regard to order and repeats, for runs with failures in between."""
    want = {p.told for p in expected(world, fabric, summary)[:limit]}
    assert set(told(world.fabrics[fabric].tie)) == want
    return want


def assert_counts_add_up(counts):
    explained = (counts["invalid"] + sum(counts["filtered"].values()) + counts["conflicting_override"]
                 + counts["unmapped"] + counts["already_shared"] + counts["queued"])
    assert explained == counts["fetched"], counts


def values(indicator, name):
    return [v for n, v in indicator.attributes if n == name]


def share_status(indicator, fabric):
    return values(indicator, f"Share Status - {fabric}")


def changed(before, after):
    """Ids of indicators whose attributes differ."""
    old = {i.id: i.attributes for i in before}
    return {i.id for i in after if old[i.id] != i.attributes}
