#!/usr/bin/env python3
"""Prints, side by side and from one run, how long one invocation takes: the bare interpreter that
calls the handler, meshfn, lambda-local, and Google's functions-framework started by hand (both from
npm, into a folder that is given). Below it, the other figures of DESIGN section 6 for functions.

Usage: invoke_bench.py MESHFN FOLDER [ROUNDS]
"""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

meshfn, folder = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
PACKAGES = {"lambda-local": "2.2.0", "@google-cloud/functions-framework": "5.0.5"}
FILES = {
    "node/index.js": "exports.handler = async (event) => event;\n",
    "python/app.py": "def handler(event, context):\n    return event\n",
    "slow/app.py": "import time\ndef handler(event, context):\n    time.sleep(1)\n",
    "google/package.json": json.dumps({"dependencies": PACKAGES}),
    "google/index.js": "require('@google-cloud/functions-framework')"
                       ".http('hello', (request, response) => response.send('{}'));\n",
    "event.json": "{}\n",
}
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def prepare():
    for name, text in FILES.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    if not os.path.exists(f"{folder}/google/node_modules"):
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit"],
                       cwd=f"{folder}/google", check=False)


def program(name):
    """Path of a tool of npm's, or of PATH; None when it is not there."""
    local = f"{folder}/google/node_modules/.bin/{name}"
    return local if os.path.exists(local) else shutil.which(name)


def measured(run):
    """Milliseconds by the clock and of processor time that `run` takes to end its process."""
    begin = time.perf_counter()
    process = run()
    if process is None:
        return None
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    wall = (time.perf_counter() - begin) * 1e3
    return None if status not in (0, signal.SIGTERM) else (wall, (used.ru_utime + used.ru_stime) * 1e3)


def command(*words):
    return lambda: subprocess.Popen(words, **QUIET) if words[0] else None


def framework():
    """Starts the framework, asks it once as soon as it listens, and ends it."""
    tool = program("functions-framework")
    if not tool:
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([tool, "--target", "hello", "--port", str(port)],
                               cwd=f"{folder}/google", **QUIET)
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.002)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/")
    connection.getresponse().read()
    process.terminate()
    return process


RUNS = {
    "node: bare": command(program("node"), "-e",
                          f"require('{folder}/node').handler({{}}).then(console.log)"),
    "node: meshfn": command(meshfn, "invoke", f"{folder}/node", "-q"),
    "node: lambda-local": lambda: command(program("lambda-local"), "-l", f"{folder}/node/index.js",
                                          "-e", f"{folder}/event.json")(),
    "python: bare": command(program("python3"), "-c",
                            f"import sys, json; sys.path.insert(0, '{folder}/python'); import app; "
                            "print(json.dumps(app.handler(json.loads('{}'), None)))"),
    "python: meshfn": command(meshfn, "invoke", f"{folder}/python", "-q"),
    "google: framework by hand": framework,
    "google: meshfn": command(meshfn, "invoke", f"{folder}/google", "--cloud", "gcp", "-q"),
    "meshfn --version": command(meshfn, "--version"),
    "meshfn event make sqs": command(meshfn, "event", "make", "sqs"),
    "meshfn new function": lambda: new_function(),
}


def new_function():
    shutil.rmtree(f"{folder}/made", ignore_errors=True)
    return command(meshfn, "new", "function", f"{folder}/made", "--cloud", "aws", "--lang",
                   "python")()


def rest(name):
    """What `name` takes over the bare interpreter, and warm."""
    pair = [times[f"{name}: {who}"][1:] for who in ("meshfn", "bare")]
    if None not in pair[0] + pair[1]:
        for column, what in enumerate(("clock", "processor")):
            sides = [[value[column] for value in side] for side in pair]
            extra = statistics.median(sides[0]) - statistics.median(sides[1])
            least = min(sides[0]) - min(sides[1])
            print(f"{name}: over the bare interpreter by the {what} {extra:+.1f} ms "
                  f"(least {least:+.1f}), target 15")
    warm = subprocess.run([meshfn, "invoke", f"{folder}/{name}", "-q", "--repeat", "200", "-o",
                           "json"], stdout=subprocess.PIPE, check=True)
    figures = json.loads(warm.stdout)["repeat"]["durationMs"]
    print(f"{name}: warm p50 {figures['p50']} ms, target 0.3 over the handler")


def own_memory():
    """Peak of meshfn's own process while its function sleeps; nothing where /proc is missing."""
    process = subprocess.Popen([meshfn, "invoke", f"{folder}/slow", "-q"], **QUIET)
    time.sleep(0.7)
    try:
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
            peak = re.search(r"VmHWM:\s+(\d+) kB", file.read())
        print(f"meshfn's own memory {int(peak[1]) / 1024:.1f} MB, target 15")
    except OSError:
        pass
    process.wait()


prepare()
times = {name: [] for name in RUNS}
for _ in range(rounds + 1):  # one round to warm up, and the runs mixed so that noise hits all
    for run_name, run in RUNS.items():
        times[run_name].append(measured(run))
print(f"{'one run':28}{'median ms':>10}{'least ms':>10}{'processor ms':>14}")
for run_name, values in times.items():
    values = values[1:]
    if None in values:
        print(f"{run_name:28}{'not run':>10}")
        continue
    walls, used = zip(*values)
    print(f"{run_name:28}{statistics.median(walls):10.1f}{min(walls):10.1f}"
          f"{statistics.median(used):14.1f}")
for language in ("node", "python"):
    rest(language)
own_memory()
