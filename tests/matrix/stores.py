"""Whether what `--with` brings is the same in all languages: each reads what any other wrote, in files
and on servers, and goes on when the servers were started anew."""

import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import servers

HERE = Path(__file__).parent / "stores"
PROJECT = "x-queue-postgres"


def place(driver, target, **words):
    """A driver in the project, with what depends on the project's name filled in."""
    text = (HERE / driver).read_text()
    for word, value in words.items():
        text = text.replace(word, value)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def python(project, run):
    place("driver.py", project / "driver.py")
    return ["../venv/bin/python", "driver.py"]


def node(project, run):
    place("driver.mjs", project / "driver.mjs", SUFFIX="mjs")
    return ["node", "driver.mjs", str(project / "src")]


def go(project, run):
    place("driver.go", project / "cmd" / "driver" / "main.go", MODULE=f"example.com/{PROJECT}")
    run("go build -o driver ./cmd/driver")
    return ["./driver"]


def rust(project, run):
    place("driver.rs", project / "examples" / "driver.rs")
    run("cargo build --example driver")
    return ["target/debug/examples/driver"]


def java(project, run):
    package = "com.example." + PROJECT.replace("-", "")
    place("Driver.java", project / "Driver.java", PACKAGE=package)
    run("mvn -B -q dependency:build-classpath -Dmdep.outputFile=target/classpath")
    libraries = (project / "target" / "classpath").read_text().strip()
    run(f"javac -cp 'target/classes:{libraries}' -encoding UTF-8 -d target/driver Driver.java")
    return ["java", "-cp", f"target/driver:target/classes:{libraries}", "Driver"]


def cpp(project, run):
    place("driver.cpp", project / "driver.cpp")
    run("g++ -std=c++20 -Isrc $(pkg-config --cflags libpq hiredis) driver.cpp build/libcore.a "
        "$(pkg-config --libs libpq hiredis libcurl libcrypto) -lpthread -o driver")
    return ["./driver"]


def typescript(project, run):
    place("driver.mjs", project / "driver.mjs", SUFFIX="js")
    return ["node", "driver.mjs", str(project / "dist" / "src")]


DRIVERS = {"python": python, "node": node, "typescript": typescript, "go": go, "rust": rust, "java": java,
           "cpp": cpp}


class Driver:
    """One language's clients, kept open from step to step as a warm function keeps them."""

    def __init__(self, language, command, project, environment):
        self.language = language
        self._process = subprocess.Popen(
            command, cwd=project, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, encoding="utf-8")

    def does(self, step, key):
        """What went wrong; empty when nothing did."""
        try:
            print(step, key, file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        return "" if answer == "ok" else answer or "it ended"

    def end(self):
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it ended by itself
        self._process.wait()


def exchange(drivers):
    """Everybody writes for everybody; what went wrong."""
    for writer, reader in itertools.product(drivers, drivers):
        key = f"{writer.language}/{reader.language}*ü+%"
        for driver, step in [(writer, "write"), (reader, "read")]:
            problem = driver.does(step, key)
            if problem:
                return [f"{driver.language} cannot {step} `{key}`: {problem}"]
    return []


def go_on(drivers):
    """Everybody's first use after the servers were started anew; what went wrong."""
    said = [(driver.language, driver.does("write", f"{driver.language}-after")) for driver in drivers]
    return [f"{language} does not go on: {problem}" for language, problem in said if problem]


def with_drivers(commands, environment, act):
    drivers = [Driver(language, command, project, environment) for language, (command, project) in commands.items()]
    try:
        return act(drivers)
    finally:
        for driver in drivers:
            driver.end()


def check(commands, folder):
    """A line for each promise, with what went wrong. `commands`: by language its driver and its project."""
    scratch = tempfile.mkdtemp(prefix="meshfn-stores-")
    unset = {"DATABASE_URL", "REDIS_URL", "QUEUE_URL", "OBJECT_STORE_BUCKET"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    try:
        shared = dict(environment, DATA_FOLDER=scratch)
        yield "each reads the others' files", with_drivers(commands, shared, exchange), []
        with servers.Servers(folder) as running:
            environment.update(running.environment, DATA_FOLDER=scratch)

            def act(drivers):
                yield "each reads what the others sent to servers", exchange(drivers), running.absent
                running.restart()
                yield "each goes on after the servers' restart", go_on(drivers), running.absent

            yield from with_drivers(commands, environment, lambda drivers: list(act(drivers)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
