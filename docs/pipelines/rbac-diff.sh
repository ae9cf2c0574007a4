#!/usr/bin/env bash
# Compares RBAC with an earlier revision, for any pipeline or by hand:
#   docs/pipelines/rbac-diff.sh origin/main local manifests:deploy helm:charts/app kustomize:overlays/production
# What to compare is the name of a stack, or a source of `edgectl rbac diff` without its revision.
# Writes rbac-report/NAME.{md,sarif,json}, NAME being the stack or the source with `-` for what no file name should hold.
# Ends with 0 when all stay below RBAC_FAIL_ON, with 3 when one does not or when the change brings what nobody can judge,
# such as another version of a chart, and with 1 when something could not be compared.
# Env: RBAC_FAIL_ON (default high), RBAC_WAIVERS (file), RBAC_RULES (file), RBAC_VALUES (Helm's values file), RBAC_RELEASE
# (name of the chart's release), RBAC_NAMESPACE (of objects that name none), RBAC_REPORT (folder), RBAC_DETAILS (address of the
# report, for what a comment leaves out), RBAC_UNDECIDED (pass: what nobody can judge is let through), EDGECTL (command)
set -uo pipefail
usage="usage: rbac-diff.sh BASE STACK-OR-SOURCE..."
base=${1:?$usage}
shift
[ $# -gt 0 ] || { echo "$usage" >&2; exit 1; }
report=${RBAC_REPORT:-rbac-report}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -n "${EDGECTL:-}" ]; then read -ra edgectl <<<"$EDGECTL"
elif [ -f "$here/../bin/edgectl.mjs" ]; then edgectl=(node "$here/../bin/edgectl.mjs") # of the npm package
else edgectl=(node "$here/../../infra/edgectl/bin/edgectl.mjs"); fi
mkdir -p "$report" || exit 1

result=0
declare -A compared
for source in "$@"; do
  name=${source//[^A-Za-z0-9._-]/-}
  [ -z "${compared[$name]:-}" ] || { echo "$source and ${compared[$name]} would have the same report, $name" >&2; exit 1; }
  compared[$name]=$source
  case $source in
    helm:*) what=(--base "$source@$base" --head "$source" ${RBAC_VALUES:+--values "$RBAC_VALUES"} ${RBAC_RELEASE:+--release "$RBAC_RELEASE"}) ;;
    manifests:* | kustomize:*) what=(--base "$source@$base" --head "$source") ;;
    *) what=(--stack "$source" --base "$base") ;;
  esac
  case $source in
    *:*) what+=(${RBAC_NAMESPACE:+--namespace "$RBAC_NAMESPACE"}) ;;
  esac
  "${edgectl[@]}" rbac diff "${what[@]}" --marker "$name" --fail-on "${RBAC_FAIL_ON:-high}" \
    ${RBAC_WAIVERS:+--waivers "$RBAC_WAIVERS"} ${RBAC_RULES:+--rules "$RBAC_RULES"} ${RBAC_DETAILS:+--details "$RBAC_DETAILS"} \
    --report "markdown=$report/$name.md" --report "sarif=$report/$name.sarif" --report "json=$report/$name.json"
  code=$?
  if [ $code = 2 ] && [ "${RBAC_UNDECIDED:-}" != pass ] && grep -Eq '"outcome": *"undecided"' "$report/$name.json"; then
    echo "$source: the change brings what cannot be judged; see $report/$name.md" >&2
    code=3
  fi
  case $code in
    0 | 2) ;;
    3) [ $result = 1 ] || result=3 ;;
    *) result=1 ;;
  esac
done
exit $result
