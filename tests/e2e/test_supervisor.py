"""The stages under a real supervisord: the group starts, sweeps, survives a restart of one, stops."""

import xmlrpc.client

import tools
from broker import free_port
from checks import assert_told_exactly
from process import Process
from product import status
from waiting import wait_until


def write_conf(world, port):
    stages = {
        "fetcher": f"{tools.FETCHER} -c {world.config}",
        "mapper": f"{tools.MAPPER} -c {world.config}",
        "enricher": f"{tools.ENRICHER} -c {world.config}",
        **{f"publisher-{f}": f"{tools.PUBLISHER} -c {world.config} --fabric {f}" for f in world.fabrics},
    }
    programs = "".join(
        f"""
[program:{name}]
command={line}
autorestart=true
startsecs=0
stopwaitsecs=6
exitcodes=0
redirect_stderr=true
stdout_logfile={world.folder}/{name}.log
"""
        for name, line in stages.items())
    path = world.folder / "supervisord.conf"
    path.write_text(f"""[supervisord]
nodaemon=true
logfile={world.folder}/supervisord.log
pidfile={world.folder}/supervisord.pid
childlogdir={world.folder}
user=root
[inet_http_server]
port=127.0.0.1:{port}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[group:tq]
programs={",".join(stages)}
{programs}""")
    return path


def test_the_group_under_supervisord(world):
    w = world({"emea": {"daily_limit": 100000}, "apac": {"daily_limit": 50}}, count=400)
    port = free_port()
    daemon = Process("supervisord", ["supervisord", "-n", "-c", write_conf(w, port)], w.folder / "daemon.log")
    w.closers.append(daemon.close)
    rpc = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/RPC2").supervisor

    def up():
        try:
            return all(p["statename"] == "RUNNING" for p in rpc.getAllProcessInfo())
        except OSError:
            return False

    wait_until(up, "all stages to run")
    summary = w.run_once()
    assert summary["exit"] == 0
    assert_told_exactly(w, "emea", summary)
    assert_told_exactly(w, "apac", summary, limit=50)

    fetcher = {s["stage"]: s for s in status(w.config)["stages"]}["fetcher"]
    info = {p["name"]: p for p in rpc.getAllProcessInfo()}
    assert fetcher["pid"] == info["fetcher"]["pid"], "run asked the running service instead of starting its own"

    old = info["publisher-emea"]["pid"]
    rpc.stopProcess("tq:publisher-emea")
    assert rpc.getProcessInfo("tq:publisher-emea")["exitstatus"] == 0
    rpc.startProcess("tq:publisher-emea")
    wait_until(up, "the publisher to be back")
    assert rpc.getProcessInfo("tq:publisher-emea")["pid"] != old
    one = w.threatq.plain_hashes()[0]
    w.threatq.add_attribute(one.id, "Reputation Override - emea", "Known Trusted")
    before = w.fabrics["emea"].tie.set_count()
    w.run_once()
    assert w.fabrics["emea"].tie.set_count() == before + 1
    assert w.fabrics["emea"].tie.sets()[-1].level == 99

    rpc.shutdown()
    assert daemon.wait(30) == 0
    states = {s["stage"]: s["state"] for s in status(w.config)["stages"]}
    assert set(states.values()) == {"stopped"}
