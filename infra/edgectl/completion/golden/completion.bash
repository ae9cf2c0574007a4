# bash: source <(edgectl completion bash)
_edgectl_run() {
  if type -P edgectl >/dev/null; then edgectl "$@"; else npx --no-install edgectl "$@"; fi
}
_edgectl() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$(printf '%q' "${line%%$'\t'*}")")
  done < <(_edgectl_run __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _edgectl edgectl
