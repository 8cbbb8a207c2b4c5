#!/usr/bin/env bash
# Bundles and packs the extension into vscode-ext/hplint.vsix.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[ -d node_modules ] && [ node_modules -nt package.json ] || {
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules
}
cp ../LICENSE LICENSE
trap 'rm -f LICENSE' EXIT
npm run --silent package
echo "vscode-ext/hplint.vsix"
