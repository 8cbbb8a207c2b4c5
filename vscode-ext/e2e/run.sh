#!/usr/bin/env bash
# The extension in a real editor: packs it, installs it into a fresh code-server, opens a C file in a real browser,
# and expects the squiggle, the problem with its related places, and the rule's page. The screenshot
# lands in build/vscode-e2e.png. Then once more with a broken server path, which must be said.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=$root/build-vscode
command -v chromium >/dev/null || { echo "vscode-test: needs Debian's chromium package" >&2; exit 2; }
bash "$here/install.sh" "$tools" >"$root/build/vscode-install.log" 2>&1 ||
  { tail -n 30 "$root/build/vscode-install.log" >&2; exit 2; }
bash "$here/../pack.sh" >/dev/null
work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill -- "-$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

mkdir -p "$work/home" "$work/project" "$work/data/User" "$work/extensions"
cp "$root/examples/julia/julia.c" "$work/project/"
port=$((20000 + RANDOM % 20000))
editor=$tools/node_modules/.bin/code-server

settings() { # PATH OF HPLINT
  cat >"$work/data/User/settings.json" <<JSON
{ "hplint.path": "$1", "telemetry.telemetryLevel": "off", "update.mode": "none",
  "workbench.startupEditor": "none", "extensions.autoUpdate": false, "extensions.autoCheckUpdates": false }
JSON
}

serve() {
  setsid env HOME="$work/home" "$editor" --auth none --bind-addr "127.0.0.1:$port" \
    --user-data-dir "$work/data" --extensions-dir "$work/extensions" --disable-telemetry \
    --disable-update-check --disable-workspace-trust --disable-getting-started-override \
    >"$work/server.log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
    sleep 0.2
  done
  tail -n 20 "$work/server.log" >&2
  exit 1
}

settings "$root/build/bin/hplint"
HOME="$work/home" "$editor" --user-data-dir "$work/data" --extensions-dir "$work/extensions" \
  --install-extension "$here/../hplint.vsix" >"$work/install.log" 2>&1 || { cat "$work/install.log" >&2; exit 1; }
serve
cd "$tools"
NODE_PATH=$tools/node_modules node "$here/drive.cjs" "http://127.0.0.1:$port/?folder=$work/project" \
  "$root/build/vscode-e2e.png" works
# The same with a server that cannot start: the test must be able to fail, and the editor must say so.
kill -- "-$server"
server=
settings /nonexistent/hplint
port=$((port + 1))
serve
NODE_PATH=$tools/node_modules node "$here/drive.cjs" "http://127.0.0.1:$port/?folder=$work/project" \
  "$root/build/vscode-e2e-broken.png" broken
echo "vscode-test: passed; screenshots in build/vscode-e2e.png and build/vscode-e2e-broken.png"
