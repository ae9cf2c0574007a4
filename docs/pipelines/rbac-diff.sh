#!/usr/bin/env bash
# Compares the RBAC of stacks with an earlier revision, for any pipeline or by hand:
#   docs/pipelines/rbac-diff.sh origin/main local [more stacks]
# Writes rbac-report/STACK.{md,sarif,json}. Ends with 0 when all stay below RBAC_FAIL_ON, with 3 when one does not or when
# the change brings what nobody can judge, such as another version of a chart, and with 1 when something could not be compared.
# Env: RBAC_FAIL_ON (default high), RBAC_WAIVERS (file), RBAC_REPORT (folder), RBAC_DETAILS (address of the report, for
# what a comment leaves out), RBAC_UNDECIDED (pass: what nobody can judge is let through), EDGECTL (command)
set -uo pipefail
base=${1:?usage: rbac-diff.sh BASE STACK...}
shift
[ $# -gt 0 ] || { echo "usage: rbac-diff.sh BASE STACK..." >&2; exit 1; }
report=${RBAC_REPORT:-rbac-report}
read -ra edgectl <<<"${EDGECTL:-node infra/edgectl/bin/edgectl.mjs}"
mkdir -p "$report" || exit 1

result=0
for stack in "$@"; do
  "${edgectl[@]}" rbac diff --stack "$stack" --base "$base" --marker "$stack" --fail-on "${RBAC_FAIL_ON:-high}" \
    ${RBAC_WAIVERS:+--waivers "$RBAC_WAIVERS"} ${RBAC_DETAILS:+--details "$RBAC_DETAILS"} \
    --report "markdown=$report/$stack.md" --report "sarif=$report/$stack.sarif" --report "json=$report/$stack.json"
  code=$?
  if [ $code = 2 ] && [ "${RBAC_UNDECIDED:-}" != pass ] && grep -Eq '"outcome": *"undecided"' "$report/$stack.json"; then
    echo "$stack: the change brings what cannot be judged; see $report/$stack.md" >&2
    code=3
  fi
  case $code in
    0 | 2) ;;
    3) [ $result = 1 ] || result=3 ;;
    *) result=1 ;;
  esac
done
exit $result
