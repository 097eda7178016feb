# One function through the four jobs; `./dev demo` puts meshfn on the path. Each line is shown
# before it runs.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cp "$here"/*.yaml .

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# run EXPECTED_CODE COMMAND...
run() {
  local expected=$1 code=0
  shift
  printf '\033[36m$ %s\033[0m\n' "$*"
  "$@" || code=$?
  if ((code != expected)); then
    echo "error: exit code $code, expected $expected" >&2
    exit 1
  fi
}

title "0. What is here"
run 0 meshfn doctor

title "1. Scaffold a function"
run 0 meshfn new function hello

title "2. Lint and render its routes"
run 0 meshfn lint hello/mesh
run 0 meshfn render hello/mesh

title "3. Invoke it"
run 0 meshfn invoke hello --event hello/events/aws-http.json

title "4. Zone a dies: does the service survive?"
run 1 meshfn simulate zone-loss.yaml

title "It does with outlier detection and locality-aware balancing"
run 0 meshfn simulate zone-loss.yaml --mesh outlier-detection.yaml
