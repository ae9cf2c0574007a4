# fish: edgectl completion fish | source
function __edgectl_run
  if type -q --no-functions edgectl; command edgectl $argv; else; npx --no-install edgectl $argv; end
end
complete -c edgectl -a '(__edgectl_run __complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
