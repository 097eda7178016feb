#!/usr/bin/env bash
# Same scenario and seed, same bytes: compiles the simulator's engine with two compilers, two
# standard libraries and different optimisation, and compares what they recorded. Takes some minutes;
# needs g++, and clang++ with libc++ for the second library. JOBS sets how many compile at once.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# The files of the engine as CMake lists them, and what they and the digest need beside.
engine=$(sed -n '/^set(engine$/,/)$/p' "$root/core/simulate/CMakeLists.txt" | sed '1d; s/[ )]//g')
sources=("$root/tests/platforms/digest.cpp" "$root"/core/base/{random,str,json,suggest,xml}.cpp)
for file in $engine recording_json.cpp erlang.cpp expected_attempts.cpp flow.cpp function_checks.cpp \
  function_presets.cpp load_report.cpp price.cpp scenario.cpp; do
  sources+=("$root/core/simulate/$file")
done

# build NAME COMMAND...: the digests of one build, in $out/NAME.txt
build() {
  local name=$1
  shift
  mkdir "$out/$name"
  printf '%s\n' "${sources[@]}" | xargs -P "${JOBS:-2}" -I{} sh -c '
    file=$1 folder=$2
    shift 2
    "$@" -std=c++20 -ffp-contract=off -DFMT_HEADER_ONLY -I"$0/core" -c "$file" \
      -o "$folder/$(echo "$file" | tr / _).o"' "$root" {} "$out/$name" "$@"
  "$@" "$out/$name"/*.o -lxxhash -o "$out/$name/digest"
  "$out/$name/digest" > "$out/$name.txt"
  echo "$name: $(wc -l < "$out/$name.txt") digests"
}

build gcc-O0 g++ -O0
build gcc-O3 g++ -O3
if clang=$(command -v clang++ || compgen -c clang++- | sort -V | tail -1) && [[ -n $clang ]] &&
  echo '#include <vector>' | "$clang" -stdlib=libc++ -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; then
  build clang-libc++ "$clang" -stdlib=libc++ -O2
else
  echo "clang-libc++: not run, for want of clang++ with libc++"
fi
for other in "$out"/*.txt; do
  diff "$out/gcc-O0.txt" "$other" || { echo "different: $(basename "$other" .txt)"; exit 1; }
done
echo "all the same"
