"""Real servers on loopback for projects made with `--with`, as far as they are installed."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time


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


class Servers:
    """PostgreSQL and Redis; `environment` names those that run, `absent` those that do not."""

    def __init__(self):
        self.environment, self.absent = {}, []
        self._running = []

    def __enter__(self):
        self._folder = tempfile.mkdtemp(prefix="meshfn-servers-")
        self._start_redis()
        self._start_postgres()
        return self

    def __exit__(self, *problem):
        for server in self._running:
            server.terminate()
            server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, command, port):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._running.append(subprocess.Popen(command, cwd=self._folder, **quiet))
        wait_for(port)

    def _start_redis(self):
        if not shutil.which("redis-server"):
            return self.absent.append("redis-server")
        port = free_port()
        self._run(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""], port)
        self.environment["REDIS_URL"] = self.environment["QUEUE_URL"] = f"redis://127.0.0.1:{port}/0"

    def _start_postgres(self):
        # Debian keeps the server's own programs out of PATH, and it refuses to run as root.
        folders = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [""]
        initdb = shutil.which("initdb", path=folders[-1]) or shutil.which("initdb")
        server = shutil.which("postgres", path=folders[-1]) or shutil.which("postgres")
        as_root = os.geteuid() == 0
        if not initdb or not server or (as_root and not shutil.which("runuser")):
            return self.absent.append("postgresql")
        user = ["runuser", "-u", "postgres", "--"] if as_root else []
        if as_root:
            shutil.chown(self._folder, "postgres")
        data, port = os.path.join(self._folder, "data"), free_port()
        subprocess.run([*user, initdb, "-D", data, "-A", "trust", "-U", "postgres"], check=True,
                       cwd=self._folder, stdout=subprocess.DEVNULL)
        self._run([*user, server, "-D", data, "-p", str(port), "-k", self._folder,
                   "-c", "listen_addresses=127.0.0.1"], port)
        self.environment["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{port}/postgres"
