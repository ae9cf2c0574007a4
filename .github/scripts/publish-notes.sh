#!/usr/bin/env bash
# Makes the release with what the changelog says of it: publish-notes.sh vX.Y.Z TARBALL
set -euo pipefail
npm run --silent release -- --notes "${1#v}" > .edge/notes.md
gh release create "$1" --verify-tag --title "$1" --notes-file .edge/notes.md "$2" .edge/released-images.json .edge/sbom.spdx.json
