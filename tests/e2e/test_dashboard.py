"""scripts/grafana-dashboard.json asks only for what /metrics of `serve` gives."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request

import yaml

import tools
from broker import free_port
from process import Process
from waiting import wait_until
from webserver import OPENMETRICS, WebServer

DASHBOARD = json.loads((tools.ROOT / "scripts" / "grafana-dashboard.json").read_text())
NAME = re.compile(r"\btq_trellix_tie_\w+")
# What a source of Grafana puts in before it asks Prometheus.
VARIABLES = {"$__rate_interval": "1m", "$job": ".+", "$fabric": ".+"}


def expressions():
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def queries():
    return [v["query"]["query"] for v in DASHBOARD["templating"]["list"] if v["type"] == "query"]


def test_each_metric_and_label_is_there(world):
    web = WebServer(world({"emea": {}}, count=1))
    text = web.get("/metrics", Accept=OPENMETRICS).text
    there = set()
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M):
        there.add(f"{name}_total" if kind == "counter" else name)
    asked = {name for text in expressions() + queries() for name in NAME.findall(text)}
    assert len(asked) > 15
    assert asked - there == set()
    for label, value in re.findall(r'(\w+)="(\w+)"', "".join(expressions())):
        assert f'{label}="{value}"' in text


class Prometheus:
    """A real one that scrapes `targets` each second."""

    def __init__(self, folder, targets):
        self.port = free_port()
        config = folder / "prometheus.yml"
        config.write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "scrape_configs": [{"job_name": "tq", "static_configs": [{"targets": targets}]}]}))
        self.process = Process("prometheus", ["prometheus", f"--config.file={config}",
                                              f"--storage.tsdb.path={folder / 'tsdb'}",
                                              f"--web.listen-address=127.0.0.1:{self.port}"], folder / "prometheus.log")

    def query(self, expression):
        """The samples that it evaluates to now; None while it starts."""
        url = f"http://127.0.0.1:{self.port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return None
            raise AssertionError(f"{expression}: {error.read().decode()}") from None
        except urllib.error.URLError:
            return None

    def close(self):
        self.process.close()


def test_prometheus_answers_each_panel(world, tmp_path):
    w = world({"emea": {"daily_limit": 5}}, count=60)
    web = WebServer(w, "--every", "500ms")
    prometheus = Prometheus(tmp_path, [f"127.0.0.1:{web.port}"])
    w.closers.append(prometheus.close)
    w.stages().start()
    for expression in expressions():
        for variable, value in VARIABLES.items():
            expression = expression.replace(variable, value)
        assert "$" not in expression
        wait_until(lambda e=expression: prometheus.query(e), f"an answer to {expression}")
    limit, = prometheus.query("tq_trellix_tie_quota_limit_requests")
    assert limit["metric"]["fabric"] == "emea" and limit["value"][1] == "5"


def test_the_panels_fit():
    panels = DASHBOARD["panels"]
    assert len({p["id"] for p in panels}) == len({p["title"] for p in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert cells.isdisjoint(taken) and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
        for target in panel["targets"]:
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
