import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const root = join(import.meta.dirname, "../..");
/** A key as remedies and pages name it: `k8s-experimental.nodeSelector`. */
const named = /k8s-(?:experimental|extensions)\.[A-Za-z]+/g;

function textsIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.(?:ts|md)$/.test(entry.name))
    .filter(({ parentPath }) => !parentPath.includes("node_modules"))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
}

const keys = [...new Set(["docs", "infra", "runtime"].flatMap(textsIn).flatMap((text) => text.match(named) ?? []))];

function unknownTo(key: string): readonly string[] {
  const [group = "", name = ""] = key.split(".");
  const settings = { image: "registry.example.com/m:1.0", createOptions: { [group]: { [name]: {} } } };
  return parseManifest(manifestText({ m: { settings } }))
    .warnings.map(describeProblem)
    .filter((line) => line.includes("is not a known field"));
}

it.each(keys.sort())("%s, which a remedy or a page names, is a key that manifests can have", (key) => {
  expect(unknownTo(key)).toEqual([]);
});

it("a key of the other group is none", () => {
  expect(keys).toContain("k8s-experimental.nodeSelector");
  expect(unknownTo("k8s-extensions.nodeSelector")).toHaveLength(1);
});
