import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { type Tree, unusable, usable } from "../test/cgroup-trees.ts";
import { detectCgroups } from "./cgroup-version.ts";

const parent = temporaryDirectory();

function planted(tree: Tree): string {
  const root = mkdtempSync(join(parent, "tree-"));
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

describe("detectCgroups", () => {
  it.each(Object.entries(usable))("knows those of %s", (_, [tree, version, nested]) => {
    expect(detectCgroups(planted(tree))).toEqual({ version, nested });
  });

  it.each(Object.entries(unusable))("says what is missing on %s", (_, [tree, says]) => {
    const detect = () => detectCgroups(planted(tree));
    expect(detect).toThrow(expect.objectContaining({ code: "EDGE_CLUSTER_KERNEL" }));
    expect(detect).toThrow(says);
  });
});
