#compdef edgectl
# zsh: source <(edgectl completion zsh)
_edgectl_run() {
  if whence -p edgectl >/dev/null; then command edgectl "$@"; else npx --no-install edgectl "$@"; fi
}
_edgectl() {
  local -a found
  local line about
  for line in "${(@f)$(_edgectl_run __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    about=${line#*$'\t'}
    found+=("${${line%%$'\t'*}//:/\\:}${about:+:$about}")
  done
  if (( ${#found} )); then _describe edgectl found; else _files; fi
}
# In a folder of fpath, this file is the function that is called first.
if [[ $funcstack[1] == _edgectl ]]; then _edgectl "$@"; else compdef _edgectl edgectl; fi
