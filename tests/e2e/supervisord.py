"""A real supervisord whose programs are what `tq-trellix-tie supervisor apply` hands it."""

import xmlrpc.client

import product
import tools
from broker import free_port
from process import Process
from waiting import wait_until


class Supervisord:
    """`more` is text of its configuration: programs of other people."""

    def __init__(self, world, more=""):
        self.world = world
        self.folder = world.folder / "supervisord"
        self.folder.mkdir()
        port = free_port()
        self.conf = self.folder / "supervisord.conf"
        self.stages = self.folder / "conf.d" / "tq-trellix-tie.conf"
        self.stages.parent.mkdir()
        self.conf.write_text(f"""[supervisord]
nodaemon=true
logfile={self.folder}/supervisord.log
pidfile={self.folder}/supervisord.pid
childlogdir={self.folder}
user=root
[inet_http_server]
port=127.0.0.1:{port}
[supervisorctl]
serverurl=http://127.0.0.1:{port}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[include]
files={self.stages.parent}/*.conf
{more}""")
        self.process = Process("supervisord", ["supervisord", "-n", "-c", self.conf], self.folder / "daemon.log")
        world.closers.append(self.close)
        self.rpc = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/RPC2").supervisor
        wait_until(self.is_up, "supervisord to answer")

    def close(self):
        """It stops its programs one after the other; killed before that, it would leave them running."""
        if self.process.alive():
            self.process.terminate(60)
        self.process.close()

    def is_up(self):
        try:
            return self.rpc.getState()["statename"] == "RUNNING"
        except OSError:
            return False

    def apply(self, *words, code=0):
        result = product.command(tools.CONSOLE, "supervisor", "apply", "-c", self.world.config, "--file", self.stages,
                                 "--supervisord-conf", self.conf, "-ll", self.folder, *words)
        assert result.code == code, result.stdout + result.stderr
        return result

    def all(self):
        """By the name of the process: what supervisord knows of it."""
        return {p["name"]: p for p in self.rpc.getAllProcessInfo()}

    def pids(self):
        return {name: p["pid"] for name, p in self.all().items()}

    def states(self):
        return {name: p["statename"] for name, p in self.all().items()}

    def wait_running(self, *names):
        """Until these run, or all there are."""

        def look():
            states = self.states()
            return states and all(states.get(n) == "RUNNING" for n in names or states)

        wait_until(look, f"{names or 'all stages'} to run")
        return self.pids()

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()

    def restart(self, name):
        """name as group:process. Returns when it is started, before supervisord calls it running."""
        self.rpc.stopProcess(name)
        self.rpc.startProcess(name, False)
