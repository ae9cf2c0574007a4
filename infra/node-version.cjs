// CommonJS of the oldest kind, so that any Node can read it: it is loaded before everything that a Node has to be new for.
"use strict";

/** Oldest Node that runs a checkout: it takes TypeScript as it is. The images have a floor of their own. */
const floor = "24.18";

/**
 * Refuses an older Node, in one sentence: of this class Pulumi shows the message alone.
 *
 * @param {string} version
 */
function requireNode(version) {
  const [major, minor] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = floor.split(".").map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  const { RunError } = require("@pulumi/pulumi/errors.js");
  throw new RunError(
    `EDGE_CLI_NODE: the node on the PATH is ${version}, but this checkout needs ${floor} or newer; npm ci installs one: export PATH="$PWD/node_modules/.bin:$PATH"`,
  );
}

module.exports = { requireNode };
