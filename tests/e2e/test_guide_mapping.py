"""The guide's chapter "ThreatQ Scoring to Trellix TIE Reputation Mapping", row by row: one run over fabrics that each map the
bands in another way."""

import configfile
import pytest

from guide import Table, level, refused

BANDS = ["Very High", "High", "Medium", "Low", "Very Low"]
OPTIONS = {"Known Malicious": "known_malicious", "Most Likely Malicious": "most_likely_malicious",
           "Might Be Malicious": "might_be_malicious"}
# "ThreatQ Scoring Band | Range"
RANGES = {"very low": [0, 1, 4], "low": [5, 6], "medium": [7, 8], "high": [9], "very high": [10, 12]}
EXAMPLE = {"known_malicious": ["very high", "high"], "most_likely_malicious": ["medium"],
           "might_be_malicious": ["low", "very low"]}
# Two mappings that tell all five bands apart by what TIE is told.
UPPER = {"known_malicious": ["very high"], "most_likely_malicious": ["high"], "might_be_malicious": ["medium"]}
LOWER = {"known_malicious": ["very high", "high", "medium"], "most_likely_malicious": ["low"],
         "might_be_malicious": ["very low"]}
APART = {"very high": ([1], [1]), "high": ([15], [1]), "medium": ([30], [1]), "low": ([], [15]), "very low": ([], [30])}

table = Table()


@pytest.fixture(scope="module")
def run(guide_world):
    mappings = {"example": EXAMPLE, "upper": UPPER, "lower": LOWER, "default": None,
                **{key: {key: list(BANDS)} for key in OPTIONS.values()}}
    w = guide_world({name: {"reputation": mapping} if mapping else {} for name, mapping in mappings.items()})
    for scores in RANGES.values():
        for score in scores:
            w.add(f"score {score}", score=score)
    w.add("half", score=8.9)
    w.add("manual", score=10)
    w.threatq.set_score(w.ids["manual"], 0)
    w.run_once()
    return w


def add_bands():
    for band, scores in RANGES.items():
        for score in scores:
            @table(f"ThreatQ Scoring Band: {band}, Range {scores[0]}-{scores[-1]}: {score}")
            def _(w, band=band, score=score):
                assert (w.levels("upper", f"score {score}"), w.levels("lower", f"score {score}")) == APART[band]


def add_options():
    """"Options include: Very High, High, Medium, Low, Very Low", of each of the three parameters."""
    for name, key in OPTIONS.items():
        for band in BANDS:
            @table(f"{name} Reputation Mapping: option {band}")
            def _(w, name=name, key=key, band=band):
                for score in RANGES[band.lower()]:
                    assert w.levels(key, f"score {score}") == [level(name)]


def add_example():
    """The "example of a valid configuration"."""
    for name, key in OPTIONS.items():
        @table(f"valid configuration: {name} for {', '.join(EXAMPLE[key])}")
        def _(w, name=name, key=key):
            for band in EXAMPLE[key]:
                for score in RANGES[band]:
                    assert w.levels("example", f"score {score}") == [level(name)]


add_bands()
add_options()
add_example()


@table("Multiple scoring bands can be assigned to the same Reputation")
def several_bands(w):
    assert w.levels("example", "score 9") == w.levels("example", "score 10") == [1]


@table("indicator scores are mapped to Trellix reputation scores via user configuration")
def by_configuration(w):
    assert [w.levels(fabric, "score 7") for fabric in ("example", "upper", "lower", "default")] == [[15], [30], [1], [15]]


@table("All ThreatQ indicators, regardless of score, are mapped to Most Likely Malicious, by default")
def by_default(w):
    assert {reputation for _, reputation in w.sets("default")} == {15}
    assert w.told("default") == set(w.ids)


@table("a band that is mapped to no reputation is not exported")
def not_mapped(w):
    assert w.told("upper") == {"score 7", "score 8", "half", "score 9", "score 10", "score 12"}


@table("Range 7-8: a score between two whole numbers belongs to the lower")
def between(w):
    assert (w.levels("upper", "half"), w.levels("lower", "half")) == APART["medium"]


@table("the score is the analyst's own where one is set, 0 too")
def manual(w):
    assert (w.levels("upper", "manual"), w.levels("lower", "manual")) == APART["very low"]


INVALID = {
    "The same ThreatQ scoring band cannot be mapped to multiple Trellix TIE reputation scores": (
        {"known_malicious": ["high", "medium"], "most_likely_malicious": ["medium"]}, "medium"),
    "A higher ThreatQ scoring band cannot be mapped to a less malicious Trellix TIE reputation score": (
        {"known_malicious": ["high"], "most_likely_malicious": ["very high"]}, "very high"),
    "the following configuration is invalid: Known Malicious low, Most Likely Malicious medium, Might Be Malicious high": (
        {"known_malicious": ["low"], "most_likely_malicious": ["medium"], "might_be_malicious": ["high"]}, "medium"),
}


@pytest.mark.parametrize("words", INVALID)
def test_guide_refuses(tmp_path, words):
    reputation, named = INVALID[words]
    config = configfile.write_config(tmp_path / "tq-trellix-tie.yaml", configfile.merged(configfile.DEFAULTS, {
        "threatq": {"host": "https://localhost"}, "reputation": reputation,
        "connector": {"state_dir": str(tmp_path), "run_dir": str(tmp_path)},
        "fabrics": [{"name": "emea", "dxl_config": str(tmp_path / "dxlclient.config")}]}))
    said = refused(config, "run")
    assert str(config) in said and f" {named} " in said
    assert said.count("reputation.") >= 2, "both places are named"


@pytest.mark.xdist_group("guide_mapping")  # one World for all rows
@table.test()
def test_guide(run, row):
    row(run)
