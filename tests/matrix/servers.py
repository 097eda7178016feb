"""Real servers on loopback for projects made with `--with`, as far as they are installed."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"no server came up at port {port}")


def install_object_store(folder, run):
    """A server that speaks S3, from its registry; nothing when the machine has one."""
    if not shutil.which("moto_server") and not os.path.exists(f"{folder}/venv/bin/moto_server"):
        run(f"python3 -m venv '{folder}/venv' && '{folder}/venv/bin/pip' install -q 'moto[server]'")


class Server:
    """One process, and whether it `keeps` its data when it is started anew. `ready` is a command that
    succeeds once it answers, for one that listens before it does."""

    def __init__(self, command, port, user=None, keeps=True, ready=("true",)):
        self._command, self._port, self._user, self.keeps = command, port, user or {}, keeps
        self._ready, self._process = ready, None

    def start(self, folder):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(self._command, cwd=folder, **quiet, **self._user)
        wait_for(self._port)
        while subprocess.run(self._ready, **quiet).returncode != 0:
            time.sleep(0.1)

    def stop(self):
        if self._process:
            self._process.send_signal(signal.SIGINT)  # PostgreSQL's word for not waiting for its clients
            self._process.wait()
        self._process = None


class Servers:
    """PostgreSQL, Redis and an object store; `environment` names those that run, `absent` those that do
    not. `folder` is where `install_object_store` put what the machine does not have."""

    def __init__(self, folder):
        self.environment, self.absent = {}, []
        self._object_store = shutil.which("moto_server", path=f"{folder}/venv/bin:{os.environ['PATH']}")
        self._servers = []

    def __enter__(self):
        self._folder = tempfile.mkdtemp(prefix="meshfn-servers-")
        try:
            self._prepare_redis()
            self._prepare_postgres()
            self._prepare_object_store()
            for server in self._servers:
                server.start(self._folder)
            self._make_bucket()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *problem):
        for server in self._servers:
            server.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self):
        """Ends the servers that keep their data on disk, and starts them again where they were."""
        kept = [server for server in self._servers if server.keeps]
        for server in kept:
            server.stop()
        for server in kept:
            server.start(self._folder)

    def _prepare_redis(self):
        if not shutil.which("redis-server"):
            return self.absent.append("redis-server")
        port = free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]
        self._servers.append(Server(command, port))
        self.environment["REDIS_URL"] = self.environment["QUEUE_URL"] = f"redis://127.0.0.1:{port}/0"

    def _prepare_object_store(self):
        if not self._object_store:
            return self.absent.append("moto_server")
        port = free_port()
        self._servers.append(Server([self._object_store, "-H", "127.0.0.1", "-p", str(port)], port, keeps=False))
        self.environment.update(
            OBJECT_STORE_URL=f"http://127.0.0.1:{port}", OBJECT_STORE_BUCKET="shared", AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")

    def _make_bucket(self):
        if self._object_store:
            bucket = f"{self.environment['OBJECT_STORE_URL']}/{self.environment['OBJECT_STORE_BUCKET']}"
            urllib.request.urlopen(urllib.request.Request(bucket, method="PUT")).close()

    def _prepare_postgres(self):
        # Debian keeps the server's own programs out of PATH, and it refuses to run as root.
        folders = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [""]
        initdb = shutil.which("initdb", path=folders[-1]) or shutil.which("initdb")
        server = shutil.which("postgres", path=folders[-1]) or shutil.which("postgres")
        as_root = os.geteuid() == 0
        if not initdb or not server:
            return self.absent.append("postgresql")
        user = {"user": "postgres"} if as_root else {}
        if as_root:
            shutil.chown(self._folder, "postgres")
        data, port = os.path.join(self._folder, "data"), free_port()
        subprocess.run([initdb, "-D", data, "-A", "trust", "-U", "postgres"], check=True,
                       cwd=self._folder, stdout=subprocess.DEVNULL, **user)
        command = [server, "-D", data, "-p", str(port), "-k", self._folder, "-c", "listen_addresses=127.0.0.1"]
        ready = [os.path.join(os.path.dirname(server), "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
        self._servers.append(Server(command, port, user, ready=ready))
        self.environment["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{port}/postgres"
