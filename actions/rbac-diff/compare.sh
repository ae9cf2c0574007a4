#!/usr/bin/env bash
# Compares all sources with the base. Env: BASE, SOURCES (one a line), EDGECTL, and what docs/pipelines/rbac-diff.sh reads.
set -euo pipefail
[ -n "$BASE" ] || { echo "::error::There is no base: this is no pull request, and the input base is empty."; exit 1; }
# A checkout of one commit has not got it.
git cat-file -e "$BASE^{commit}" 2>/dev/null || git fetch --quiet --depth 1 origin "$BASE"
mapfile -t sources < <(sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d' <<<"$SOURCES")
export RBAC_REPORT=$RUNNER_TEMP/rbac-report
rm -rf "$RBAC_REPORT"
mkdir "$RBAC_REPORT"
echo "report=$RBAC_REPORT" >> "$GITHUB_OUTPUT"
bash "$GITHUB_ACTION_PATH/../../docs/pipelines/rbac-diff.sh" "$BASE" ${sources[@]+"${sources[@]}"}
