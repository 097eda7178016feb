#!/usr/bin/env python3
"""Scaffolds every cloud x language x trigger and does with each what `meshfn new` says to do next.

usage: run.py MESHFN CACHE [--only WORD]...   (a WORD is a language, a cloud, a trigger or a store)

The commands are the ones printed for a person (build, test, lint, invoke); only the installation
of dependencies is done once for a language, in CACHE, instead of once for a project. Projects stay
in CACHE with the times of their files, so a second run builds what changed and tests everything.
Exits 1 when a project fails, 77 when nothing could be run (ctest's word for skipped).
"""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import servers
import stores
import toolchains

STORES = ["postgres", "redis", "queue", "object-store"]
STORE_URLS = {"DATABASE_URL", "REDIS_URL", "QUEUE_URL", "OBJECT_STORE_URL"}
TRIGGERS = ["http", "schedule", "queue", "storage", "event", "stream"]
CLOUDS = ["aws", "azure", "gcp"]
PLATFORMS = {"aws": "Lambda", "azure": "Azure", "gcp": "Google"}
BUILT_FOR_INVOKE = {"put its binary where `meshfn invoke` finds it", "build its app"}
SKIPPED = 77
SLOWEST = 900  # seconds of one command, which may be the first build of all dependencies


class Failure(Exception):
    """A command that did not do what the project says it does."""


class Combination:
    """One project: a language, a trigger and the clouds it is made for."""

    def __init__(self, language, clouds, trigger, meshes, stores=()):
        self.language, self.clouds, self.trigger, self.stores = language, clouds, trigger, stores
        self.name = "-".join(["x" if len(clouds) > 1 else clouds[0], trigger, *stores[:1]])
        # Every mesh has its turn: the routes differ by cloud, not by language.
        self.mesh = meshes[(CLOUDS.index(clouds[0]) + len(clouds)) % len(meshes)]
        self.notes = []

    def __str__(self):
        stores = f" with {', '.join(self.stores)}:" if self.stores else ""
        return f"{self.language:<10} {'+'.join(self.clouds):<13} {self.trigger:<8}{stores}"

    def words(self):
        return {self.language, self.trigger, *self.clouds, *self.stores}


def run(command, folder, environment, log, expected=0):
    """Runs a shell command; its output, or Failure with the end of it."""
    log.write(f"\n$ {command}\n")
    log.flush()
    try:
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, timeout=SLOWEST,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"`{command}` took longer than {SLOWEST} s") from None
    log.write(done.stdout)
    if done.returncode != expected:
        raise Failure(f"`{command}` exited {done.returncode}:\n{tail(done.stdout)}")
    return done.stdout


def tail(text, lines=25):
    return "\n".join("    " + line for line in text.splitlines()[-lines:])


def combinations(meshfn, only):
    """All that `meshfn list templates` offers, one cloud at a time and all clouds together."""
    listed = subprocess.run([meshfn, "list", "templates"], check=True, capture_output=True, text=True)
    offered = {}
    for words in (line.split() for line in listed.stdout.splitlines()):
        if words[0] == "function":
            offered.setdefault(words[2], []).append(words[1])
    meshes = ["istio", "linkerd", "gateway-api"]
    found = []
    for language, clouds in sorted(offered.items()):
        for trigger in TRIGGERS:
            for chosen in [[cloud] for cloud in clouds] + ([clouds] if len(clouds) > 1 else []):
                found.append(Combination(language, chosen, trigger, meshes))
    for language in ["cpp", "csharp", "go", "java", "node", "python", "rust", "typescript"]:
        found.append(Combination(language, offered[language], "queue", meshes, STORES))
    return [made for made in found if all(made.words() & set(group) for group in only)]


def scaffold(meshfn, made, folder, environment, log):
    """Makes the project; files that did not change keep their times. Returns the next steps."""
    fresh = folder.parent / f".fresh-{made.name}" / made.name
    shutil.rmtree(fresh.parent, ignore_errors=True)
    clouds = " ".join([f"--cloud {cloud}" for cloud in made.clouds]
                      + [f"--with {store}" for store in made.stores])
    told = run(
        f"'{meshfn}' new function '{fresh}' {clouds} --lang {made.language} "
        f"--trigger {made.trigger} --mesh {made.mesh}", folder.parent, environment, log,
    )
    record = folder.parent / f".files-{made.name}"
    before = set(record.read_text().split()) if record.exists() else set()
    now = {str(path.relative_to(fresh)) for path in fresh.rglob("*") if path.is_file()}
    for gone in before - now:
        (folder / gone).unlink(missing_ok=True)
    for name in now:
        target = folder / name
        if target.exists() and target.read_bytes() == (fresh / name).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(fresh / name, target)
    record.write_text("\n".join(sorted(now)))
    shutil.rmtree(fresh.parent)
    steps = re.findall(r"^  (.+?) +# (.+)$", told, re.M)
    return {what: command for command, what in steps}


def check(meshfn, toolchain, made, folder, steps, environment, log):
    """Builds the project, runs its tests, checks its routes and has it answer its event."""
    output = ""
    # What `prepare` has run without servers is run again with them.
    if not toolchain.prepares_all or made.stores:
        if "build it" in steps:
            run(steps["build it"], folder, environment, log)
        output = run(steps["run its tests"], folder, environment, log)
    count = toolchain.count(output, folder)
    if count == 0:
        raise Failure("its tests failed, skipped something or ran nothing; see log.txt")
    made.notes.append(f"{count} tests")
    for what, command in steps.items():
        if command.startswith("meshfn lint"):
            run(command.replace("meshfn", f"'{meshfn}'", 1), folder, environment, log)
            made.notes.append(f"{made.mesh} lints")
        elif what in BUILT_FOR_INVOKE:
            run(command, folder, environment, log)
    for cloud in made.clouds:
        command = steps.get(f"run it as {PLATFORMS[cloud]} would")
        if command is None:
            made.notes.append(f"{cloud}: not invoked, `meshfn invoke` does not run it")
            continue
        command = command.replace("meshfn", f"'{meshfn}'", 1)
        made.notes.append(f"{cloud}: {invoke(command, folder, environment, log)}")


def invoke(command, folder, environment, log):
    """Has the project answer its event, if there is a way here to run its runtime at all."""
    answer = run(f"{command}; echo exit $?", folder, environment, log)
    if answer.endswith("exit 0\n"):
        return "answers"
    refused = re.search(r"error: (.*cannot be run here)", answer)
    if answer.endswith("exit 3\n") and refused:
        return f"not invoked: {refused[1]}"
    raise Failure(f"`{command}` failed:\n{tail(answer)}")


def check_with_servers(meshfn, toolchain, made, folder, steps, environment, log):
    """`check`, against real servers when the project has shared data."""
    if not made.stores:
        return check(meshfn, toolchain, made, folder, steps, environment, log)
    with servers.Servers(folder.parent.parent) as running:
        named = sorted(set(running.environment) & STORE_URLS)
        made.notes.append("against " + (", ".join(named) or "files"))
        made.notes += [f"{name} not on this machine" for name in running.absent]
        environment = dict(environment, **running.environment)
        check(meshfn, toolchain, made, folder, steps, environment, log)


def check_language(meshfn, toolchain, mades, cache, report):
    """All projects of one language, one after the other."""
    root = cache / toolchain.name
    root.mkdir(parents=True, exist_ok=True)
    absent = toolchain.absent()
    if absent:
        return report(mades, "not run", absent)
    environment = dict(os.environ, **toolchain.environment(root))
    with open(root / "log.txt", "w") as log:
        steps = {}
        for made in mades:
            (root / made.name).mkdir(exist_ok=True)
            try:
                steps[made.name] = scaffold(meshfn, made, root / made.name, environment, log)
            except Failure as failure:
                report([made], "FAILED", str(failure))
        mades = [made for made in mades if made.name in steps]
        try:
            toolchain.prepare(root, mades, lambda command: run(command, root, environment, log))
        except Failure as failure:
            return report(mades, "not run", f"its dependencies cannot be installed: {failure}")
        for made in mades:
            begun = time.monotonic()
            try:
                check_with_servers(meshfn, toolchain, made, root / made.name, steps[made.name],
                                   environment, log)
                made.notes.append(f"{time.monotonic() - begun:.1f} s")
                report([made], "passed", ", ".join(made.notes))
                if made.stores:
                    build_driver(toolchain, root / made.name, environment, log, report)
            except Failure as failure:
                report([made], "FAILED", str(failure))


drivers = {}


def build_driver(toolchain, project, environment, log, report):
    """What `check_stores` drives the project's clients with."""
    build = stores.DRIVERS.get(toolchain.name)
    if not build:
        return report([Stores([toolchain.name])], "not run", "it has no driver in stores/")
    try:
        command = build(project, lambda command: run(command, project, environment, log))
        drivers[toolchain.name] = command, project
    except Failure as failure:
        report([Stores([toolchain.name])], "FAILED", str(failure))


class Stores:
    """Languages that share data."""

    def __init__(self, languages):
        self.languages = languages

    def __str__(self):
        return "stores     " + ", ".join(self.languages) + ":"


def prepare_object_store(cache):
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "log.txt", "w") as log:
        try:
            servers.install_object_store(cache, lambda command: run(command, cache, os.environ, log))
        except Failure as failure:
            print(f"note: no object store, files stand in for it: {failure}", flush=True)


def check_stores(cache, report):
    for what, problems, absent in stores.check(drivers, cache):
        notes = [what, *(f"{name} not on this machine" for name in absent)]
        report([Stores(sorted(drivers))], "FAILED" if problems else "passed", ", ".join(notes + problems))


def main():
    meshfn, cache, *rest = sys.argv[1:]
    meshfn, cache = os.path.abspath(meshfn), Path(cache).absolute()
    only = [rest[i + 1].split(",") for i in range(0, len(rest) - 1, 2) if rest[i] == "--only"]
    mades = combinations(meshfn, only)
    totals = {"passed": 0, "FAILED": 0, "not run": 0}
    lock = threading.Lock()

    def report(which, verdict, why):
        with lock:
            for made in which:
                totals[verdict] += 1
                print(f"{verdict:<8} {made} {why}", flush=True)

    begun = time.monotonic()
    if any(made.stores for made in mades):
        prepare_object_store(cache)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        jobs = []
        for toolchain in toolchains.ALL:
            mine = [made for made in mades if made.language == toolchain.name]
            if mine:
                jobs.append(pool.submit(check_language, meshfn, toolchain, mine, cache, report))
        for job in jobs:
            job.result()
    if drivers:
        check_stores(cache, report)
    unknown = {made.language for made in mades} - {toolchain.name for toolchain in toolchains.ALL}
    report([made for made in mades if made.language in unknown], "FAILED", "no toolchain is known")
    print(f"{len(mades)} projects in {time.monotonic() - begun:.0f} s")
    print(f"{totals['passed']} passed, {totals['FAILED']} failed, {totals['not run']} skipped")
    return 1 if totals["FAILED"] else 0 if totals["passed"] else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
