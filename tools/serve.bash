# Sourced by vllm_cpu.sh and llama_cpu.sh: waiting for a server of ours to be healthy.
# They define: say, fail, and the variables port, log, server.

listens() { (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; }

# healthy PYTHON
healthy() {
  "$1" - "$port" <<'PY' 2> /dev/null
import sys, urllib.request

url = f"http://127.0.0.1:{sys.argv[1]}/health"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
sys.exit(opener.open(url, timeout=2).status != 200)
PY
}

# until_healthy PYTHON NAME SECONDS: prints the server's URL, then waits for its end.
until_healthy() {
  local second
  for second in $(seq "$3"); do
    if ! kill -0 "$server" 2> /dev/null; then
      tail -n 20 "$log" >&2
      fail "the server ended before it was healthy; its log is $log"
    fi
    if listens && healthy "$1"; then
      say "Healthy after $second s. Serving «$2»; Ctrl+C ends it."
      echo "http://127.0.0.1:$port/v1"
      break
    fi
    [ "$second" -lt "$3" ] || fail "not healthy after $3 s; its log is $log"
    sleep 1
  done
  wait "$server" || fail "the server ended; its log is $log"
}
