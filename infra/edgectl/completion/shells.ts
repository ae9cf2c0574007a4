/** Shells that edgectl completes command lines for, with what they read. */
export const shells = {
  bash: `# bash: source <(edgectl completion bash)
_edgectl_run() {
  if type -P edgectl >/dev/null; then edgectl "$@"; else npx --no-install edgectl "$@"; fi
}
_edgectl() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
  done < <(_edgectl_run __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _edgectl edgectl
`,
  zsh: `#compdef edgectl
# zsh: source <(edgectl completion zsh)
_edgectl_run() {
  if whence -p edgectl >/dev/null; then command edgectl "$@"; else npx --no-install edgectl "$@"; fi
}
_edgectl() {
  local -a found
  local line about
  for line in "\${(@f)$(_edgectl_run __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] || continue
    about=\${line#*$'\\t'}
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}\${about:+:$about}")
  done
  if (( \${#found} )); then _describe edgectl found; else _files; fi
}
# In a folder of fpath, this file is the function that is called first.
if [[ $funcstack[1] == _edgectl ]]; then _edgectl "$@"; else compdef _edgectl edgectl; fi
`,
  fish: `# fish: edgectl completion fish | source
function __edgectl_run
  if type -q --no-functions edgectl; command edgectl $argv; else; npx --no-install edgectl $argv; end
end
function __edgectl_complete
  set -l word (commandline -ct)
  set -l found (__edgectl_run __complete -- (commandline -opc)[2..] "$word" 2>/dev/null)
  if set -q found[1]; printf '%s\\n' $found; else; __fish_complete_path "$word"; end
end
complete -c edgectl -f -a '(__edgectl_complete)'
`,
} as const;

export type Shell = keyof typeof shells;
