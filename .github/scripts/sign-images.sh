#!/usr/bin/env bash
# Signs the images of a list without a key: sign-images.sh .edge/images.json
set -euo pipefail
script='
  const { modules, ...images } = JSON.parse(fs.readFileSync(process.argv[1], "utf8"));
  for (const reference of Object.values(images)) {
    // A tag may be moved between the push and the signature.
    if (!/@sha256:[0-9a-f]{64}$/.test(reference)) throw new Error(`${reference} is not named by its digest`);
    console.log(reference);
  }
'
references=$(node -e "$script" "$1")
while read -r reference; do cosign sign --yes "$reference"; done <<<"$references"
