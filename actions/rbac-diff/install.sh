#!/usr/bin/env bash
# Gets edgectl, and puts the command into the step's outputs. Env: PACKAGE (as npm install takes it), SOURCES (one a line)
set -euo pipefail
if [ -z "$PACKAGE" ] && grep -Eqv '^[[:space:]]*(manifests:|helm:|kustomize:|$)' <<<"$SOURCES"; then
  # A stack is rendered by the project's own version, and with its packages.
  edgectl=node_modules/pulumi-iotedge/bin/edgectl.mjs
  if [ ! -f "$edgectl" ]; then
    echo "::error::A stack is compared with the project's own edgectl: run npm ci in a step before, or give the package."
    exit 1
  fi
else
  # Not that of the pull request: nothing of its files runs where it holds manifests alone.
  own=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).version' "$GITHUB_ACTION_PATH/../../package.json")
  folder=$RUNNER_TEMP/pulumi-iotedge
  mkdir -p "$folder"
  npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund "${PACKAGE:-pulumi-iotedge@$own}"
  edgectl=$folder/node_modules/pulumi-iotedge/bin/edgectl.mjs
fi
echo "edgectl=node $edgectl" >> "$GITHUB_OUTPUT"
