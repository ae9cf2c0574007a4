#!/usr/bin/env bash
# Signs the images of a list, with the workflow's identity in the place of a key: sign-images.sh .edge/images.json
# What follows is for cosign, such as a key: sign-images.sh .edge/images.json --key cosign.key
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
shift
while read -r reference; do cosign sign --yes "$@" "$reference"; done <<<"$references"
