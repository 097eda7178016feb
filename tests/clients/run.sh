#!/usr/bin/env bash
# Runs AWS's own runtime clients, unmodified and from their registries, against our Runtime API, and
# boto3 against `--serve`. Clients whose tools are missing are named and fail the run; downloads go
# to the folder that is given. Usage: run.sh MESHFN FOLDER
set -uo pipefail
meshfn=$(realpath "$1")
work=$(mkdir -p "$2" && realpath "$2")
here=$(dirname "$(realpath "$0")")
failed=0

say() { printf '%-34s %s\n' "$1" "$2"; }

# check NAME FOLDER [OPTION…]: what every client has to answer.
check() {
  local name=$1 folder=$2 result=ok
  shift 2
  local run=("$meshfn" invoke "$folder" -q --memory 1024 --timeout 20s "$@")
  local ok fail status
  ok=$(echo '{"name":"x"}' | "${run[@]}" -e - 2>"$work/$name.log") || result="ok event: $(tail -c 300 "$work/$name.log")"
  [[ $ok == *'"hello x"'* ]] || result="answered $ok"
  fail=$(echo '{"name":"fail"}' | "${run[@]}" -e - -o json 2>>"$work/$name.log")
  status=$?
  [[ $status == 1 && $fail == *'"status": "function-error"'* ]] || result="failure gave $status: $fail"
  "${run[@]}" -e - --repeat 5 <<<'{"name":"x"}' >/dev/null 2>>"$work/$name.log" || result="repeats failed"
  [[ -z $(pgrep -f "$folder/" || true) ]] || result="left a process behind"
  say "$name" "$result"
  [[ $result == ok ]] || failed=1
}

# prepare NAME TOOL COMMAND…: false when the client cannot be built here, which is told.
prepare() {
  local name=$1 tool=$2
  shift 2
  if ! command -v "$tool" >/dev/null; then
    say "$name" "not run: there is no $tool"
    failed=1
    return 1
  fi
  if ! "$@" >"$work/$name.build.log" 2>&1; then
    say "$name" "not run: it does not build, see $work/$name.build.log"
    failed=1
    return 1
  fi
}

# Each of these is false as soon as one of its steps fails: where `prepare` asks, -e has no effect.
copy() { rm -rf "${work:?}/$1/src" && mkdir -p "$work/$1" && cp -r "$here/$1" "$work/$1/src"; }

python_client() {
  copy python &&
    { [[ -d $work/python/venv ]] || python3 -m venv "$work/python/venv"; } &&
    "$work/python/venv/bin/pip" install -q awslambdaric boto3 &&
    printf '#!/bin/sh\nexec "%s" -m awslambdaric app.handler\n' "$work/python/venv/bin/python" \
      >"$work/python/src/bootstrap" &&
    chmod +x "$work/python/src/bootstrap"
}

# npm builds its native half, which is AWS's C++ client with a libcurl of its own: autotools, CMake
# and node-gyp, which takes Node.js's headers from beside Node.js instead of downloading them.
node_client() {
  local node_root
  node_root=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
  [[ -e $node_root/include/node/node.h ]] && export npm_config_nodedir=$node_root
  copy node &&
    (cd "$work/node" && npm install --silent --no-fund --no-audit aws-lambda-ric@3.3.0) &&
    printf '#!/bin/sh\nexec node "%s" index.handler\n' \
      "$work/node/node_modules/aws-lambda-ric/bin/index.mjs" >"$work/node/src/bootstrap" &&
    chmod +x "$work/node/src/bootstrap"
}

# AWS's C++ client is in no registry by itself, but its source is in the package of the one above.
cpp_client() {
  copy cpp &&
    (cd "$work/cpp" && rm -rf package library &&
      npm pack --silent aws-lambda-ric@3.3.0 && tar xzf aws-lambda-ric-3.3.0.tgz &&
      tar xzf package/deps/aws-lambda-cpp-*.tar.gz && mv aws-lambda-cpp-* library &&
      cmake -S library -B built -DCMAKE_BUILD_TYPE=Release && cmake --build built &&
      g++ -std=c++17 -O1 src/main.cpp -Ilibrary/include built/libaws-lambda-runtime.a -lcurl \
        -o src/bootstrap)
}

go_client() {
  copy go
  (cd "$work/go/src" && go mod tidy && CGO_ENABLED=0 go build -tags lambda.norpc -o bootstrap .)
}

rust_client() {
  copy rust
  (cd "$work/rust/src" && CARGO_TARGET_DIR="$work/rust/target" cargo build --release -q &&
    cp "$work/rust/target/release/hello" bootstrap)
}

java_client() {
  copy java
  (cd "$work/java/src" && mvn -q -B package dependency:copy-dependencies)
}

prepare awslambdaric python3 python_client && check awslambdaric "$work/python/src"
prepare aws-lambda-ric node node_client && check aws-lambda-ric "$work/node/src"
prepare aws-lambda-cpp g++ cpp_client && check aws-lambda-cpp "$work/cpp/src"
prepare aws-lambda-go go go_client && check aws-lambda-go "$work/go/src"
prepare lambda_runtime cargo rust_client && check lambda_runtime "$work/rust/src"
prepare aws-lambda-java mvn java_client &&
  check aws-lambda-java "$work/java/src" --runtime java17 --handler hello.Hello::handleRequest

if [[ -x $work/python/venv/bin/python ]]; then
  if "$work/python/venv/bin/python" "$here/sdk.py" "$meshfn" "$here/python"; then
    say boto3 ok
  else
    say boto3 failed
    failed=1
  fi
fi
exit "$failed"
