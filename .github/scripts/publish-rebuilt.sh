#!/usr/bin/env bash
# Compares .edge/images.json with the images of a release, and puts it beside them where it differs: publish-rebuilt.sh TAG
set -euo pipefail
mkdir -p .edge/released
gh release download "$1" --pattern '*images.json' --dir .edge/released --clobber
script='
  const read = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
  const newest = fs.readdirSync(".edge/released").sort().at(-1);
  const released = read(`.edge/released/${newest}`);
  const { modules, ...built } = read(".edge/images.json");
  const changed = Object.keys(built).filter((name) => built[name] !== released[name]);
  if (changed.length > 0) fs.writeFileSync(process.argv[1], JSON.stringify(built));
  console.log(changed.join(" "));
'
# Names that sort behind released-images.json, by their time.
file=.edge/released-images.rebuilt-$(date --utc +%Y%m%d%H%M%S).images.json
changed=$(node -e "$script" "$file")
if [ -z "$changed" ]; then
  echo "The images are those of $1."
  exit
fi
bash .github/scripts/sign-images.sh "$file"
gh release upload "$1" "$file"
echo "New images of $1: $changed" | tee -a "$GITHUB_STEP_SUMMARY"
