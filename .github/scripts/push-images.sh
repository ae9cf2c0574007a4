#!/usr/bin/env bash
# Builds the images, pushes them, and leaves their references by digest in .edge/images.json. Env: REGISTRY, GITHUB_TOKEN
set -euo pipefail
registry=${REGISTRY,,}
sudo apt-get update --quiet
sudo apt-get install --quiet --yes buildah gcc binutils
# By standard input, so that it stands in no list of processes.
printf %s "$GITHUB_TOKEN" | sudo buildah login --username "$GITHUB_ACTOR" --password-stdin "${registry%%/*}"
sudo --preserve-env=PATH env PATH="$PATH" node infra/edgectl/bin/edgectl.mjs images push --registry "$registry"
sudo chown -R "$(id -u):$(id -g)" .edge
