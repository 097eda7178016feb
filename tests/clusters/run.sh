#!/usr/bin/env bash
# Shards of one simulation as processes that know nothing of each other, started by GNU parallel and
# as ranks of MPI: what they merge to has to be the bytes of a single run. run.sh MESHFN
set -euo pipefail
for tool in parallel mpirun; do
  command -v "$tool" >/dev/null || { echo "$tool is not on this machine" >&2; exit 77; }
done
meshfn=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
scenario=$here/../scenarios/zone-loss.scenario.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
run=("$meshfn" simulate "$scenario" --replications 6)
shards=3

# The exit code says whether the expectations hold, which is not asked here.
alone() { "${run[@]}" -o "json:$1" || (($? == 1)); }

merge() { "${run[@]}" --merge "$1"/*.json -o "json:$1.json" || (($? == 1)); }

compare() {
  local count
  count=$(find "$1" -name '*.json' | wc -l)
  ((count == shards)) || { echo "$1: $count of $shards shards wrote a result" >&2; exit 1; }
  merge "$1"
  cmp alone.json "$1.json"
  echo "$1: $shards processes, the same bytes as one"
}

alone alone.json
mkdir parallel mpi

parallel --will-cite --halt never -j 2 \
  "${run[@]@Q}" --shard "{}/$shards" -o "json:parallel/{}.json" ::: $(seq "$shards") || (($? <= shards))
compare parallel

cat >rank.sh <<'RANK'
rank=$((OMPI_COMM_WORLD_RANK + 1))
"$@" --shard "$rank/$OMPI_COMM_WORLD_SIZE" -o "json:mpi/$rank.json" || (($? == 1))
RANK
# One machine: nothing is started through ssh.
mpirun --allow-run-as-root --oversubscribe --mca plm isolated -n "$shards" bash rank.sh "${run[@]}"
compare mpi
