#!/usr/bin/env bash
# Copies the apps to FOLDER and installs their libraries from the registries, once: what is there
# stays. An app whose libraries cannot be had gets no mark, and its test is then skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
mkdir -p "$folder"
for app in "$here"/*/; do
  name=$(basename "$app")
  copy=$folder/$name
  mkdir -p "$copy"
  cp -r "$app". "$copy"
  [[ -e $copy/.installed && $copy/.installed -nt $app ]] && continue
  case $name in
    *-node) (cd "$copy" && npm install --silent --no-audit --no-fund) ;;
    *-python) (cd "$copy" && python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt) ;;
    *-go) (cd "$copy" && go mod download) ;;
  esac && touch "$copy/.installed"
done >&2
exit 0
