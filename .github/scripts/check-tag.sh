#!/usr/bin/env bash
# Whether a tag is that of the version, and the changelog has its notes: check-tag.sh vX.Y.Z
set -euo pipefail
version=$(node -p 'JSON.parse(fs.readFileSync("package.json", "utf8")).version')
if [ "$1" != "v$version" ]; then
  echo "::error::The tag is $1, but the version is $version; npm run release prepares it."
  exit 1
fi
grep -Eq "^## ${version//./\\.} - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md || {
  echo "::error::CHANGELOG.md has no section of $version; npm run release makes it."
  exit 1
}
