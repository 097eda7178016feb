# One function through the four jobs; `./dev demo` puts meshfn on the path. Each line is shown
# before it runs.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }

run() {
  printf '\033[36m$ %s\033[0m\n' "$*"
  "$@"
}

title "meshfn"
run meshfn --version
