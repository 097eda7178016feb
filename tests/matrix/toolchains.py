"""What run.py has to know about each language: whether it is here, how its dependencies are shared,
and how many tests its test runner says it ran (0 when it skipped any)."""

import hashlib
import json
import os
import re
import shutil
import xml.etree.ElementTree as ElementTree


class Toolchain:
    """A language whose tools are `tools`."""

    name = ""
    tools = ()
    prepares_all = False  # whether `prepare` builds and tests all projects, too

    def absent(self):
        missing = [tool for tool in self.tools if not shutil.which(tool)]
        return f"{', '.join(missing)} not on this machine" if missing else ""

    def environment(self, root):
        return {}

    def prepare(self, root, mades, run):
        """Installs what all projects need, once; nothing when they need nothing new."""

    def count(self, output, folder):
        raise NotImplementedError


def changed(root, wanted):
    """Whether `wanted` differs from what was installed; remembered by `installed`."""
    stamp = root / ".installed"
    return not stamp.exists() or stamp.read_text() != digest(wanted)


def installed(root, wanted):
    (root / ".installed").write_text(digest(wanted))


def digest(wanted):
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


class Python(Toolchain):
    name = "python"
    tools = ("python3",)

    def environment(self, root):
        return {"PATH": f"{root}/venv/bin:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}

    def prepare(self, root, mades, run):
        wanted = set()
        for made in mades:
            lines = (root / made.name / "src" / "requirements.txt").read_text().splitlines()
            wanted.update(line for line in lines if line and not line.startswith("#"))
        wanted = sorted(wanted)
        if not changed(root, wanted):
            return
        (root / "requirements.txt").write_text("\n".join(wanted) + "\n")
        run("python3 -m venv venv && venv/bin/pip install -q -r requirements.txt")
        installed(root, wanted)

    def count(self, output, folder):
        ran = re.search(r"^Ran (\d+) test", output, re.M)
        return int(ran[1]) if ran and "skipped=" not in output else 0


class Node(Toolchain):
    """Projects lie below the one node_modules, where Node.js and npm look for it."""

    name = "node"
    tools = ("node", "npm")

    def prepare(self, root, mades, run):
        wanted = {}
        for made in mades:
            package = json.loads((root / made.name / "package.json").read_text())
            wanted.update(package.get("dependencies", {}), **package.get("devDependencies", {}))
        if not changed(root, wanted):
            return
        (root / "package.json").write_text(json.dumps({"private": True, "dependencies": wanted}))
        run("npm install --no-audit --no-fund --prefer-offline --loglevel=error")
        installed(root, wanted)

    def count(self, output, folder):
        figures = dict(re.findall(r"^[#ℹ] (tests|skipped) (\d+)$", output, re.M))
        return int(figures.get("tests", 0)) if figures.get("skipped") == "0" else 0


class TypeScript(Node):
    name = "typescript"


class Go(Toolchain):
    name = "go"
    tools = ("go", "make")

    def environment(self, root):
        return {"GOFLAGS": "-count=1", "GOWORK": "off"}

    def prepare(self, root, mades, run):
        # Each module wants a go.sum of its own; the modules and their builds are Go's own cache.
        for made in mades:
            if set(made.clouds) & {"aws", "gcp"}:
                run(f"cd {made.name} && env GOFLAGS= go mod tidy")

    def count(self, output, folder):
        return len(re.findall(r"^ok ", output, re.M))


class Rust(Toolchain):
    """One target folder, which Makefiles find as their own."""

    name = "rust"
    tools = ("cargo", "make")

    def environment(self, root):
        # Optimised again and again for each project it would take minutes, and say no more.
        return {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
                "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_TEST_DEBUG": "0"}

    def prepare(self, root, mades, run):
        (root / "target").mkdir(exist_ok=True)
        for made in mades:
            target = root / made.name / "target"
            if not target.is_symlink():
                target.symlink_to("../target")

    def count(self, output, folder):
        return sum(int(n) for n in re.findall(r"^test result: ok\. (\d+) passed; 0 failed; 0 ignored",
                                              output, re.M))


class Java(Toolchain):
    """One Maven builds and tests all projects: starting it for each costs more than the work."""

    name = "java"
    tools = ("java", "mvn")
    prepares_all = True

    # What runs a function is no dependency of its project: the clouds bring it.
    runners = {
        "aws": "com.amazonaws:aws-lambda-java-runtime-interface-client:2.6.0",
        "gcp": "com.google.cloud.functions.invoker:java-function-invoker:2.0.0 -Dtransitive=false",
    }

    def prepare(self, root, mades, run):
        wanted = {self.runners[cloud] for made in mades for cloud in made.clouds if cloud in self.runners}
        if changed(root, sorted(wanted)):
            for artifact in sorted(wanted):
                run(f"mvn -B -q dependency:get -Dartifact={artifact}")
            installed(root, sorted(wanted))
        for made in mades:
            shutil.rmtree(root / made.name / "target" / "surefire-reports", ignore_errors=True)
        modules = "".join(f"<module>{made.name}</module>" for made in mades)
        (root / "pom.xml").write_text(
            "<project><modelVersion>4.0.0</modelVersion><groupId>matrix</groupId>"
            "<artifactId>all</artifactId><version>1</version><packaging>pom</packaging>"
            f"<modules>{modules}</modules></project>")
        # What fails is seen in the reports that are missing or say so.
        run("mvn -B -ntp -fae package || true")

    def count(self, output, folder):
        total = 0
        for report in (folder / "target" / "surefire-reports").glob("TEST-*.xml"):
            suite = ElementTree.parse(report).getroot()
            if suite.get("skipped") != "0":
                return 0
            total += int(suite.get("tests"))
        return total


class Cpp(Toolchain):
    name = "cpp"
    tools = ("g++", "cmake")

    def environment(self, root):
        launcher = "ccache" if shutil.which("ccache") else ""
        return {"CMAKE_CXX_COMPILER_LAUNCHER": launcher} if launcher else {}

    def count(self, output, folder):
        done = re.search(r"100% tests passed, 0 tests failed out of (\d+)", output)
        return int(done[1]) if done else 0


class CSharp(Toolchain):
    name = "csharp"
    tools = ("dotnet",)

    def count(self, output, folder):
        done = re.search(r"Failed: +0, Passed: +(\d+), Skipped: +0", output)
        return int(done[1]) if done else 0


ALL = [Java(), Rust(), Cpp(), TypeScript(), Go(), Node(), Python(), CSharp()]
