#!/usr/bin/env bash
# Runs the event tests of one app with the libraries that install.sh put beside it. 77 says that
# they could not be installed: the test was not run.
set -u
meshfn=$1
app=$2
if [[ ! -e $app/.installed ]]; then
  echo "not run: the libraries of $(basename "$app") could not be installed" >&2
  exit 77
fi
exec "$meshfn" event test "$app"/*.event-test.yaml -o tap
