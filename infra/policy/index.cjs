// Where Pulumi begins with the pack: what any Node can load.
"use strict";

require("../node-version.cjs").requireNode(process.versions.node);
require("./index.mjs");
