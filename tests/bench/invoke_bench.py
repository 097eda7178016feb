#!/usr/bin/env python3
"""Prints, side by side and from one run, how long one invocation takes: the bare interpreter that
calls the handler, meshfn, and lambda-local (from npm, into a folder that is given).

Usage: invoke_bench.py MESHFN FOLDER [ROUNDS]
"""

import json
import os
import statistics
import subprocess
import sys
import time

meshfn, folder = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
os.makedirs(f"{folder}/node", exist_ok=True)
os.makedirs(f"{folder}/python", exist_ok=True)
with open(f"{folder}/node/index.js", "w") as file:
    file.write("exports.handler = async (event) => event;\n")
with open(f"{folder}/python/app.py", "w") as file:
    file.write("def handler(event, context):\n    return event\n")
with open(f"{folder}/event.json", "w") as file:
    file.write("{}\n")

tool = f"{folder}/node_modules/.bin/lambda-local"
if not os.path.exists(tool):
    subprocess.run(
        ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, "lambda-local@2.2.0"],
        check=False,
    )

RUNS = {
    "node: bare": ["node", "-e", f"require('{folder}/node').handler({{}}).then(console.log)"],
    "node: meshfn": [meshfn, "invoke", f"{folder}/node", "-q"],
    "node: lambda-local": [tool, "-l", f"{folder}/node/index.js", "-e", f"{folder}/event.json"],
    "python: bare": [
        "python3", "-c", f"import sys, json; sys.path.insert(0, '{folder}/python'); import app; "
        "print(json.dumps(app.handler(json.loads('{}'), None)))",
    ],
    "python: meshfn": [meshfn, "invoke", f"{folder}/python", "-q"],
}


def once(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return seconds * 1e3 if done.returncode == 0 else None


times = {name: [] for name in RUNS}
for _ in range(rounds + 1):  # one round to warm up, and the runs mixed so that noise hits all
    for name, command in RUNS.items():
        if os.path.exists(command[0]) or "/" not in command[0]:
            times[name].append(once(command))
print(f"{'one invocation':24}{'median ms':>12}{'least ms':>12}")
for name, values in times.items():
    values = values[1:]
    if not values or None in values:
        print(f"{name:24}{'not run':>12}")
        continue
    print(f"{name:24}{statistics.median(values):12.1f}{min(values):12.1f}")
for language in ("node", "python"):
    pair = [times[f"{language}: {who}"][1:] for who in ("meshfn", "bare")]
    if None not in pair[0] + pair[1]:
        extra = statistics.median(pair[0]) - statistics.median(pair[1])
        least = min(pair[0]) - min(pair[1])
        print(f"{language}: over the bare interpreter {extra:+.1f} ms (least {least:+.1f}), target 15")
    warm = subprocess.run(
        [meshfn, "invoke", f"{folder}/{language}", "-q", "--repeat", "200", "-o", "json"],
        stdout=subprocess.PIPE, check=True,
    )
    figures = json.loads(warm.stdout)["repeat"]["durationMs"]
    print(f"{language}: warm p50 {figures['p50']} ms, target 0.3")
