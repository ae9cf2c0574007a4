#compdef edgectl
# zsh: source <(edgectl completion zsh)
_edgectl_run() {
  if whence -p edgectl >/dev/null; then command edgectl "$@"; else npx --no-install edgectl "$@"; fi
}
_edgectl() {
  local -a found
  local line
  for line in "${(@f)$(_edgectl_run __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  if (( ${#found} )); then _describe edgectl found; else _files; fi
}
compdef _edgectl edgectl
