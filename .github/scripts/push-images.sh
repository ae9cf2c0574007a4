#!/usr/bin/env bash
# Builds the images for all platforms, pushes them with their SBOMs, and leaves their references by digest in
# .edge/images.json. Env: REGISTRY, GITHUB_TOKEN. `push-images.sh --locked` takes nothing but what the lock file pins.
set -euo pipefail
registry=${REGISTRY,,}
sudo apt-get update --quiet
sudo apt-get install --quiet --yes binutils debian-archive-keyring skopeo
# By standard input, so that it stands in no list of processes.
printf %s "$GITHUB_TOKEN" | skopeo login --username "$GITHUB_ACTOR" --password-stdin "${registry%%/*}"
told=(--source "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" --revision "$(git rev-parse HEAD)")
npm run --silent edgectl -- images push --registry "$registry" --platform linux/amd64,linux/arm64 "${told[@]}" "$@"
