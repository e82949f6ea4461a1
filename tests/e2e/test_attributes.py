"""The rows we write: our source, one row for each name, and nobody else's row touched."""

import json

import pytest
from checks import ENRICHMENT, SHARED, share_status, values

OURS = "TIE Connector"


def rows(w, indicator):
    """Rows as ThreatQ has them: {name: [(value, sources)]}."""
    row = json.loads(w.threatq.admin.raw(f"/indicator/{indicator}"))
    result = {}
    for attribute in row["attributes"]:
        sources = tuple(sorted(s["name"] if isinstance(s, dict) else s for s in attribute["sources"]))
        result.setdefault(attribute["name"], []).append((attribute["value"], sources))
    return result


def test_what_we_write_carries_the_source(world):
    w = world({"emea": {}}, {"connector": {"source": OURS}}, count=20)
    one = w.threatq.plain_hashes()[0]
    w.run_once()
    written = rows(w, one.id)
    ours = [r for name in [*ENRICHMENT, "Share Status - emea"] for r in written.get(name, [])]
    assert len(ours) >= 4
    assert {sources for _, sources in ours} == {(OURS,)}


def test_without_a_source_it_is_the_accounts_own(world):
    w = world({"emea": {}}, {"enrichment": False}, count=20, source="The Account")
    one = w.threatq.plain_hashes()[0]
    w.run_once()
    assert rows(w, one.id)["Share Status - emea"] == [(SHARED, ("The Account",))]


@pytest.mark.parametrize("view", ["asked", "always"])
def test_without_a_source_other_peoples_rows_stay_and_ours_are_replaced(world, view):
    """The account's own source is configured nowhere: it is learned before any row is changed."""
    w = world({"emea": {}}, count=20, source="The Account", attribute_sources=view)
    one = w.threatq.plain_hashes()[0]
    theirs = {name: f"theirs {n}" for n, name in enumerate([*ENRICHMENT, "Share Status - emea", "Share Status - apac"])}
    for name, value in theirs.items():
        w.threatq.add_attribute(one.id, name, value, ("Somebody Else",))
    for order in ("Known Trusted", "Known Malicious", None, "Unknown"):
        w.threatq.delete_attributes(one.id, "Reputation Override - emea")
        if order:
            w.threatq.add_attribute(one.id, "Reputation Override - emea", order)
        w.run_once()
        after = rows(w, one.id)
        for name, value in theirs.items():
            assert (value, ("Somebody Else",)) in after[name], name
            assert len([r for r in after[name] if "The Account" in r[1]]) <= 1, name
        assert ("Shared (Override)" if order else SHARED, ("The Account",)) in after["Share Status - emea"]
        assert (order or "Most Likely Malicious", ("The Account",)) in after["Enterprise Trust Level"]


def test_adopt_without_a_source_takes_the_earlier_connectors_rows_over(world):
    w = world({"emea": {}}, {"connector": {"adopt": True}, "enrichment": False}, count=20, source="The Account")
    one = w.threatq.plain_hashes()[0]
    w.threatq.add_attribute(one.id, "Share Status - emea", "Pending", ("Trellix TIE Connector",))
    w.run_once()
    assert [value for value, _ in rows(w, one.id)["Share Status - emea"]] == [SHARED]


def test_a_row_that_others_stand_behind_too_is_not_changed(world):
    w = world({"emea": {}}, {"connector": {"source": OURS}, "enrichment": False}, count=20)
    one = w.threatq.plain_hashes()[0]
    name = "Share Status - emea"
    w.threatq.add_attribute(one.id, name, SHARED, ("Somebody Else",))
    w.run_once()
    assert rows(w, one.id)[name] == [(SHARED, tuple(sorted((OURS, "Somebody Else"))))], "one row, two sources"
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    w.run_once()
    assert sorted(rows(w, one.id)[name]) == [(SHARED, tuple(sorted((OURS, "Somebody Else")))),
                                             ("Shared (Override)", (OURS,))]
    w.threatq.delete_attributes(one.id, "Reputation Override - emea")
    w.run_once()
    assert rows(w, one.id)[name] == [(SHARED, tuple(sorted((OURS, "Somebody Else"))))], "our surplus row is gone"


def test_other_sources_keep_their_rows_of_our_names(world):
    w = world({"emea": {}}, {"connector": {"source": OURS}}, count=20)
    one = w.threatq.plain_hashes()[0]
    theirs = {name: f"theirs {n}" for n, name in enumerate([*ENRICHMENT, "Share Status - emea", "Share Status - apac"])}
    for name, value in theirs.items():
        w.threatq.add_attribute(one.id, name, value, ("Somebody Else",))
    w.run_once()
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    w.run_once()
    after = rows(w, one.id)
    for name, value in theirs.items():
        assert (value, ("Somebody Else",)) in after[name], name
        assert len([r for r in after[name] if OURS in r[1]]) <= 1, name
    assert ("Shared (Override)", (OURS,)) in after["Share Status - emea"]


@pytest.mark.parametrize("view", ["asked", "never"])
def test_one_row_for_each_name_over_many_pushes(world, view):
    w = world({"emea": {}}, {"connector": {"source": OURS}}, count=20, attribute_sources=view)
    one = w.threatq.plain_hashes()[0]
    for value in ("Known Trusted", "Known Malicious", "Unknown", "Might Be Trusted"):
        w.threatq.delete_attributes(one.id, "Reputation Override - emea")
        w.threatq.add_attribute(one.id, "Reputation Override - emea", value)
        w.run_once()
        after = next(i for i in w.threatq.indicators() if i.id == one.id)
        assert values(after, "Enterprise Trust Level") == [value]
        assert share_status(after, "emea") == ["Shared (Override)"]
        assert all(len(values(after, name)) <= 1 for name in ENRICHMENT)


def test_values_that_are_right_in_another_spelling_are_left_alone(world):
    w = world({"emea": {}}, {"connector": {"source": OURS}}, count=20)
    one = w.threatq.plain_hashes()[0]
    known = w.fabrics["emea"].tie.reputation(one.value)
    spelled = {"Share Status - emea": " sHARED", "Enterprise Trust Level": "MOST likely MALICIOUS ",
               "Prevalence": str(bool(known["prevalent"])).upper(), "Detection Count": f" {known['detection_count']}",
               "Enterprise Count": f"{known['enterprise_count']} "}
    for name, value in spelled.items():
        w.threatq.add_attribute(one.id, name, value, (OURS,))
    w.run_once()
    after = next(i for i in w.threatq.indicators() if i.id == one.id)
    assert {name: values(after, name) for name in spelled} == {name: [value] for name, value in spelled.items()}
