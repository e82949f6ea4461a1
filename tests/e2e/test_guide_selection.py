"""The guide's filters, row by row: one run whose indicators differ from one that passes in one respect each."""

import configfile
import pytest

import tools
from guide import Table, refused
from product import command

# "Attribute1:Value1, Attribute2:Value2, Attribute1:Value2"
EXAMPLE = "Attribute1:Value1, Attribute2:Value2, Attribute1:Value2"
FILTERS = {"days": 30, "status": ["Active"], "min_score": 5, "attributes": EXAMPLE.split(", ")}
PASSES = {"score": 5, "status": "Active", "days_old": 1, "Attribute1": "Value1", "Attribute2": "Value2"}

table = Table()


@pytest.fixture(scope="module")
def run(guide_world):
    w = guide_world({
        "all": {"selection": FILTERS},
        "none": {"selection": {"days": 365}},
        "zero": {"selection": {"days": 365, "min_score": 0}},
        "words": {"selection": {"days": 365, "status": ["Expired", "Under Investigation"]}},
    })
    w.add("passes", **PASSES)
    for name, difference in {
        "29 days": {"days_old": 29}, "31 days": {"days_old": 31}, "364 days": {"days_old": 364}, "366 days": {"days_old": 366},
        "expired": {"status": "Expired"}, "review": {"status": "Review"},
        "investigated": {"status": "Under Investigation"}, "active": {"status": "Active"},
        "score 4": {"score": 4}, "score 4.9": {"score": 4.9}, "score 5": {"score": 5}, "score 10": {"score": 10},
        "score 0": {"score": 0},
        "other value of the name": {"Attribute1": "Value2"}, "both values": {"Attribute1": ["Value1", "Value2"]},
        "a third value": {"Attribute1": "Value3"}, "without the second name": {"Attribute2": "Value1"},
        "swapped": {"Attribute1": "Value3", "Attribute2": "Value1"}, "upper case": {"Attribute1": "VALUE1"},
        "md5": {"kind": "MD5"}, "sha1": {"kind": "SHA-1"},
    }.items():
        w.add(name, **{**PASSES, **difference})
    w.summary = w.run_once()
    return w


@table("A user can export only indicators of interest out of the ThreatQ platform via configuration")
def of_interest(w):
    assert w.told("all") == {"passes", "29 days", "active", "score 5", "score 10", "other value of the name", "both values",
                             "upper case", "md5", "sha1"}


@table("pulls the indicator hashes: MD5, SHA-1 and SHA-256")
def kinds(w):
    assert {s.type for s in w.fabrics["all"].tie.sets()} == {"md5", "sha1", "sha256"}


@table("Number of Days: how far back, by when it was added to the ThreatQ platform")
def days(w):
    assert "29 days" in w.told("all") and "31 days" not in w.told("all")


@table("Number of Days: accepted values range to 365")
def all_days(w):
    assert "364 days" in w.told("none") and "366 days" not in w.told("none")


@table("Filter by Indicator Status. Example: Active")
def status(w):
    assert {"passes", "active"} <= w.told("all") and not {"expired", "review"} & w.told("all")


@table("Filter by Indicator Status: none given, any status")
def any_status(w):
    assert {"expired", "review", "active"} <= w.told("none")


@table("Filter by Indicator Status: several too, and not only single-word statuses")
def several_status(w):
    assert w.told("words") == {"expired", "investigated"}


@table("Filter by Indicator Score: 5 takes a score of 5 or greater")
def score(w):
    assert {"score 5", "score 10"} <= w.told("all") and "score 4" not in w.told("all")


@table("Filter by Indicator Score: greater than or equal, and 4.9 is not")
def fraction(w):
    assert "score 4.9" not in w.told("all")


@table("Filter by Indicator Score: a value of 0 will include all scores")
def zero(w):
    assert {"score 0", "score 4", "score 5", "score 10"} <= w.told("zero")


@table("Filter by Indicator Attributes: key-value pairs, separated by a colon")
def pairs(w):
    assert "passes" in w.told("all") and "swapped" not in w.told("all")


@table("Filter by Indicator Attributes: multiple values for the same name by individual pairs")
def same_name(w):
    assert {"passes", "other value of the name", "both values"} <= w.told("all") and "a third value" not in w.told("all")


@table("Filter by Indicator Attributes: different names, all of them")
def other_names(w):
    assert "without the second name" not in w.told("all")


@table("Filter by Indicator Attributes: values without regard to case")
def case(w):
    assert "upper case" in w.told("all")


def add_counts():
    """The first filter that drops an indicator counts it. What is older than any fabric asks for is not even fetched."""
    for name, dropped in {
        "days": {"31 days", "364 days"}, "status": {"expired", "review", "investigated"},
        "score": {"score 4", "score 4.9", "score 0"},
        "attributes": {"a third value", "without the second name", "swapped"},
    }.items():
        @table(f"what the filter {name} leaves out is counted")
        def _(w, name=name, dropped=dropped):
            assert w.summary["counts"]["all"]["filtered"][name] == len(dropped)


add_counts()


@pytest.mark.xdist_group("guide_selection")  # one World for all rows
@table.test()
def test_guide(run, row):
    row(run)


BAD = {
    "Upgrading Users: new/removed parameters are named": ({"day": 30}, 'selection: unknown key "day"'),
    "Number of Days: accepted values range from 1": ({"days": 0}, "selection.days: 0"),
    "Number of Days: accepted values range to 365": ({"days": 366}, "selection.days: 366"),
    "Number of Days: a number": ({"days": "thirty"}, "selection.days"),
    "Filter by Indicator Score: a number": ({"min_score": "high"}, "selection.min_score"),
    "Filter by Indicator Attributes: separated by a colon": ({"attributes": ["Attribute1"]}, "selection.attributes[0]"),
}


def write(tmp_path, selection):
    return configfile.write_config(tmp_path / "tq-trellix-tie.yaml", configfile.merged(configfile.DEFAULTS, {
        "threatq": {"host": "https://localhost"}, "selection": selection,
        "connector": {"state_dir": str(tmp_path), "run_dir": str(tmp_path)},
        "fabrics": [{"name": "emea", "dxl_config": str(tmp_path / "dxlclient.config")}]}))


@pytest.mark.parametrize("words", BAD)
def test_guide_refuses(tmp_path, words):
    selection, named = BAD[words]
    assert named in refused(write(tmp_path, selection), "quota", "show")


@pytest.mark.parametrize("words", ["Number of Days: 1", "Number of Days: 365"])
def test_guide_takes(tmp_path, words):
    done = command(tools.CONSOLE, "quota", "show", "-c", write(tmp_path, {"days": int(words.split()[-1])}))
    assert done.code == 0, done.stderr
