"""The manifests of scripts/kubernetes: against the API as Kubernetes' own Python client has it, against one another, and
the configuration in them against the product. No cluster is at hand: nothing here was ever applied to one."""

import copy
import os
import re
import subprocess

import configfile
import links
import product
import pytest
import tools
import yaml
from kubernetes import client

FOLDER = tools.ROOT / "scripts" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
MODELS = {"Namespace": "V1Namespace", "ServiceAccount": "V1ServiceAccount", "ConfigMap": "V1ConfigMap",
          "Service": "V1Service", "StatefulSet": "V1StatefulSet", "Deployment": "V1Deployment",
          "NetworkPolicy": "V1NetworkPolicy"}
VERSIONS = {"StatefulSet": "apps/v1", "Deployment": "apps/v1", "NetworkPolicy": "networking.k8s.io/v1"}
SCALARS = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object}


def faults(value, kind, path):
    """What in `value` does not fit the type `kind` of the client's models."""
    if listed := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [f for i, v in enumerate(value) for f in faults(v, listed[1], f"{path}[{i}]")]
    if mapped := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(value, dict):
            return [f"{path}: not a map"]
        return [f for k, v in value.items() for f in faults(v, mapped[1], f"{path}.{k}")]
    if kind in SCALARS:
        fits = isinstance(value, SCALARS[kind]) and (kind == "bool" or not isinstance(value, bool) or kind == "object")
        return [] if fits else [f"{path}: {value!r} is no {kind}"]
    if not isinstance(value, dict):
        return [f"{path}: not a {kind}"]
    model = getattr(client, kind)
    names = {key: name for name, key in model.attribute_map.items()}
    found = [f"{path}: no field {key!r} in {kind}" for key in value if key not in names]
    for key in value.keys() & names.keys():
        found += faults(value[key], model.openapi_types[names[key]], f"{path}.{key}")
    try:  # the model refuses to be made without what is required
        model(**{names[key]: v for key, v in value.items() if key in names})
    except (ValueError, TypeError) as error:
        found.append(f"{path}: {error}")
    return found


def documents(*kinds):
    all_of = [d for f in FILES for d in yaml.safe_load_all(f.read_text())]
    return [d for d in all_of if not kinds or d["kind"] in kinds]


def named(d):
    return f"{d['kind']}-{d['metadata']['name']}"


def check(document):
    assert document["apiVersion"] == VERSIONS.get(document["kind"], "v1")
    return faults(document, MODELS[document["kind"]], named(document))


def pods():
    return {d["metadata"]["name"]: d["spec"]["template"]["spec"] for d in documents("StatefulSet", "Deployment")}


@pytest.mark.parametrize("document", documents(), ids=named)
def test_fits_the_api(document):
    assert check(document) == []


def test_the_check_itself_finds_faults():
    good = documents("StatefulSet")[0]
    for spoil, word in ((lambda d: d["spec"].update(replicas="1"), "no int"),
                        (lambda d: d["spec"].update(replica=1), "no field 'replica'"),
                        (lambda d: d["spec"].pop("selector"), "selector"),
                        (lambda d: d["spec"]["template"]["spec"].update(containers={}), "not a list"),
                        (lambda d: d["spec"]["template"]["spec"]["containers"][0].pop("name"), "name")):
        bad = copy.deepcopy(good)
        spoil(bad)
        assert any(word in fault for fault in check(bad)), word


@pytest.mark.parametrize("name", pods())
def test_pods_have_no_privilege(name):
    pod = pods()[name]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"] + pod.get("initContainers", []):
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                "capabilities": {"drop": ["ALL"]}}
        mounts = {m["name"] for m in container["volumeMounts"]}
        claims = [d for d in documents("StatefulSet") if d["metadata"]["name"] == name]
        volumes = {v["name"] for v in pod["volumes"]} | {c["metadata"]["name"] for d in claims
                                                         for c in d["spec"]["volumeClaimTemplates"]}
        assert mounts <= volumes
    for container in pod["containers"]:
        assert "exec" in container["readinessProbe"]
        assert ("livenessProbe" in container) == (container["name"] in ("fetcher", "publisher"))


def test_what_keeps_state_has_a_volume_and_is_one():
    assert {d["metadata"]["name"] for d in documents("StatefulSet")} == {"fetcher", "publisher-emea"}
    for d in documents("StatefulSet"):
        assert d["spec"]["replicas"] == 1 and d["spec"]["volumeClaimTemplates"]
        assert d["spec"]["serviceName"] in {s["metadata"]["name"] for s in documents("Service")}
    enricher = next(d for d in documents("Deployment") if d["metadata"]["name"] == "enricher")
    assert enricher["spec"]["replicas"] == 1 and enricher["spec"]["strategy"] == {"type": "Recreate"}


def test_no_secret_is_in_them_and_each_is_explained():
    assert not documents("Secret")
    used = {e["valueFrom"]["secretKeyRef"]["name"] for p in pods().values() for c in p["containers"]
            for e in c["env"] if "valueFrom" in e}
    used |= {v["secret"]["secretName"] for p in pods().values() for v in p["volumes"] if "secret" in v}
    readme = (FOLDER / "README.md").read_text()
    stages = re.search(r"for stage in ([a-z ]+);", readme)[1].split()
    made = {name.replace("$stage", stage) for name in re.findall(r"create secret generic (\S+)", readme) for stage in stages}
    assert used == made


def configuration(folder, state):
    """The YAML of the ConfigMap with real keys in the places of the public keys; the secret key files."""
    text = documents("ConfigMap")[0]["data"]["tq-trellix-tie.yaml"]
    keys = {}
    for place in re.findall(r"PUBLIC-KEY-OF-(\w+)", text):
        stage = place.lower()
        text = text.replace(f"PUBLIC-KEY-OF-{place}", links.keygen(folder / stage))
        keys[stage] = (folder / stage / "link.key").read_text()
    return yaml.safe_load(text.replace("/var/lib/tq_labs", str(state)).replace("/run/tq_labs", str(state / "run"))), keys


def test_the_product_takes_the_configuration(tmp_path):
    settings, keys = configuration(tmp_path, tmp_path)
    path = configfile.write_config(tmp_path / "tq-trellix-tie.yaml", settings)
    path.chmod(0o644)  # as a ConfigMap is mounted
    for stage, key in keys.items():
        pod = pods()["publisher-emea" if stage == "publisher" else stage]
        program, *args = pod["containers"][0]["command"]
        binary = tools.BUILD / stage / program
        env = {**os.environ, "TQ_PASSWORD": "x", "TQ_LINK_KEY": key}
        done = product.command(binary, "-c", path, *args, "--report", env=env, timeout=30)
        if stage in ("fetcher", "publisher"):
            assert done.code == 0, done.stderr
        else:
            assert done.code != 2, done.stderr
    probe = pods()["fetcher"]["containers"][0]["readinessProbe"]["exec"]["command"]
    down = subprocess.run([*probe[:2], probe[2].replace("tq-trellix-tie status", f"{tools.CONSOLE} status -c {path}")],
                          env=env, capture_output=True, text=True, timeout=60)
    assert down.returncode == 1 and not down.stderr, "nothing runs: not ready"


def test_ports_agree_with_the_links(tmp_path):
    settings, _ = configuration(tmp_path, tmp_path)
    places = {"fetcher": (settings["links"]["fetcher"], 2)}
    places |= {f"publisher-{p['fabric']}": (p, 3) for p in settings["links"]["publishers"]}
    services = {s["metadata"]["name"]: s for s in documents("Service")}
    assert services.keys() == places.keys()
    for name, (place, count) in places.items():
        host, port = re.fullmatch(r"tcp://(\S+):(\d+)", place["endpoint"]).groups()
        assert place["listen"] == f"tcp://*:{port}"
        service = services[name]
        assert host == f"{name}.{service['metadata']['namespace']}.svc"
        ports = list(range(int(port), int(port) + count))
        assert [p["port"] for p in service["spec"]["ports"]] == ports
        assert [p["containerPort"] for p in pods()[name]["containers"][0]["ports"]] == ports
        assert pods()[name]["containers"][0]["livenessProbe"]["tcpSocket"]["port"] == ports[0]
        assert service["spec"]["clusterIP"] == "None" and service["spec"]["publishNotReadyAddresses"] is True


def test_each_way_is_open_at_both_ends():
    """What a policy lets out another lets in, and the other way round; and nothing else is open inside."""
    def ways(direction, peer):
        found = set()
        for policy in documents("NetworkPolicy"):
            stage = policy["spec"]["podSelector"].get("matchLabels", {}).get("stage")
            for rule in policy["spec"].get(direction, []):
                for other in rule.get(peer, []):
                    for port in rule["ports"]:
                        ends = (stage, other["podSelector"]["matchLabels"]["stage"])
                        found.add((*(ends if direction == "egress" else ends[::-1]), port["port"]))
        return found

    assert ways("egress", "to") == ways("ingress", "from") == {
        ("mapper", "fetcher", 7400), ("publisher", "fetcher", 7401), ("mapper", "publisher", 7410),
        ("enricher", "publisher", 7411), ("enricher", "publisher", 7412)}
    shut = [p for p in documents("NetworkPolicy") if p["spec"]["podSelector"] == {}]
    assert any(p["spec"]["policyTypes"] == ["Ingress", "Egress"] and set(p["spec"]) == {"podSelector", "policyTypes"}
               for p in shut), "all is shut at first"


def test_the_image_is_made_of_the_package():
    """What it needs is what the package depends on (test_package.py); it is built with what `setup --build` installs."""
    recipe = (FOLDER / "Containerfile").read_text()
    first, second = recipe.split("FROM debian:12-slim")[1:]
    assert "scripts/setup --build && scripts/package --output /package" in first
    assert "/package/tq-trellix-tie_*.deb" in second
    installed = re.search(r"apt-get install (.*?)&&", second, re.S)[1].replace("\\", " ").split()
    assert [word for word in installed if not word.startswith("-")] == ["/package/tq-trellix-tie_*.deb"]
