# fish: edgectl completion fish | source
function __edgectl_run
  if type -q --no-functions edgectl; command edgectl $argv; else; npx --no-install edgectl $argv; end
end
function __edgectl_complete
  set -l word (commandline -ct)
  set -l found (__edgectl_run __complete -- (commandline -opc)[2..] "$word" 2>/dev/null)
  if set -q found[1]; printf '%s\n' $found; else; __fish_complete_path "$word"; end
end
complete -c edgectl -f -a '(__edgectl_complete)'
