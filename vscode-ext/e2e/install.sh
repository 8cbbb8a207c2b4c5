#!/usr/bin/env bash
# A real VS Code for tests: code-server (VS Code's web build with its extension host) from npm, driven by
# playwright in Debian's Chromium. Installed once into the folder given.
set -euo pipefail
dir=${1:?folder}
[ -e "$dir/.done" ] && exit 0
mkdir -p "$dir"
cd "$dir"
export npm_config_audit=false npm_config_fund=false npm_config_loglevel=error
npm install --ignore-scripts --no-save code-server@4.100.3 @vscode/ripgrep-linux-x64@1.18.0 \
  node-gyp@11.4.2 playwright-core@1.65.1
vs=$dir/node_modules/code-server/lib/vscode
(cd "$vs" && npm install --ignore-scripts --omit=dev)
(cd "$vs/extensions" && npm install --ignore-scripts --omit=dev && node postinstall.mjs)
mkdir -p "$vs/node_modules/@vscode/ripgrep/bin"
cp node_modules/@vscode/ripgrep-linux-x64/bin/rg "$vs/node_modules/@vscode/ripgrep/bin/" 2>/dev/null ||
  cp "$(find node_modules/@vscode/ripgrep-linux-x64 -name rg -type f | head -n 1)" \
    "$vs/node_modules/@vscode/ripgrep/bin/"
npm rebuild argon2
(cd "$vs" && npm rebuild)
ln -sfn node_modules "$vs/node_modules.asar"
ln -sf code-linux.sh "$vs/bin/remote-cli/code-server"
ln -sf browser-linux.sh "$vs/bin/helpers/browser.sh"
touch .done
