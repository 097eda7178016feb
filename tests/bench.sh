# Start-up time and memory of the meshfn on the path.
set -euo pipefail

runs=200
start=$(date +%s%N)
for ((i = 0; i < runs; i++)); do meshfn --version >/dev/null; done
end=$(date +%s%N)
awk -v ns=$((end - start)) -v runs=$runs \
  'BEGIN { printf "start-up  %.2f ms (meshfn --version, mean of %d, fork and exec included)\n", ns / runs / 1e6, runs }'

python3 - <<'PYTHON'
import resource, subprocess
subprocess.run(["meshfn", "--version"], stdout=subprocess.DEVNULL, check=True)
print(f"memory    {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.1f} MB resident")
PYTHON
