#!/usr/bin/env bash
# Packs the npm package with the images' references, and what it consists of beside it.
set -euo pipefail
# The images of the examples belong to no release.
node -e '
  const { modules, ...images } = JSON.parse(fs.readFileSync(".edge/images.json", "utf8"));
  fs.writeFileSync(".edge/released-images.json", JSON.stringify(images));
'
built=$(npm run --silent package -- --images .edge/released-images.json --repository "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" --json)
npm sbom --package-lock-only --omit dev --sbom-format spdx > .edge/sbom.spdx.json
node -e 'console.log(`tarball=${JSON.parse(process.argv[1]).tarball}`)' "$built" >> "$GITHUB_OUTPUT"
