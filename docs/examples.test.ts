import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { transformSync } from "esbuild";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { checkConfig } from "../infra/config/load-config.ts";
import { ConfigSchema } from "../infra/config/schema.ts";
import { images, sampleSource } from "../infra/config/test/sample-source.ts";
import { judgeManifest } from "../infra/manifest-check/judge.ts";
import { projectFiles } from "../infra/new-project/project-files.ts";
import { readRulesFile } from "../infra/rbac/rules-file/read-rules-file.ts";
import { checkFleet } from "../infra/rollout/fleet/load-fleet.ts";
import { defaultModuleSettings } from "../runtime/contract/module-settings.ts";
import { type Block, blocksOf } from "./site/markdown.ts";

const root = resolve(import.meta.dirname, "..");
const pages = ["README.md", "SECURITY.md", ...globSync("docs/**/*.md", { cwd: root })];
const examples = pages.flatMap((page) =>
  blocksOf(readFileSync(join(root, page), "utf8")).map((block): [place: string, block: Block] => [
    `${page}:${block.line}`,
    block,
  ]),
);
const inLanguage = (...languages: string[]) => examples.filter(([, { language }]) => languages.includes(language));

const project = projectFiles({ name: "p", stack: "p", version: "1.0.0", images: "released", pipeline: undefined });
const manifest = project.get("deployment.json") ?? "";
const layer = JSON.stringify({
  modulesContent: { $edgeAgent: { "properties.desired.modules.web.env.A": { value: "1" } } },
});
/** What the examples of stacks name. */
const files = {
  "deployment.json": manifest,
  "metrics.json": layer,
  "site.json": layer,
  "images.json": JSON.stringify(images),
  "hello/deployment.json": manifest,
  "deployments/line-1.json": manifest,
  ".edge/images.json": JSON.stringify(images),
};

/** What is shown of a stack's file: all of it, its `config`, some keys of it, or some of one installation. */
function stackOf(document: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const config = (document.config ?? document) as Readonly<Record<string, unknown>>;
  const keys = Object.keys(config);
  if (keys.every((key) => key.startsWith("iotedge:"))) {
    return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.slice("iotedge:".length), value]));
  }
  const { properties } = ConfigSchema.properties.installations.items;
  return keys.every((key) => key in properties) ? { installations: [{ namespace: "line-1", ...config }] } : undefined;
}

it.each(inLanguage("yaml", "yml"))("%s is YAML, and what a stack's file says in it counts", (_place, { text }) => {
  for (const parsed of parseAllDocuments(text)) {
    expect(parsed.errors).toEqual([]);
    const document = parsed.toJS();
    // Values of the preview's chart have keys of the same names.
    if (Array.isArray(document) || document.provisioning?.deviceConnectionString !== undefined) continue;
    if ("clusters" in document) expect(checkFleet(document)).toHaveProperty("fleet");
    if ("severities" in document) expect(() => readRulesFile(text, "rules.yaml")).not.toThrow();
    const stack = stackOf(document);
    if (stack === undefined) continue;
    const named = "imagesFile" in stack ? {} : { images };
    const [installation, ...more] = (stack.installations as object[] | undefined) ?? [{ namespace: "line-1" }];
    const isDeployed =
      "deploymentFile" in { ...installation } ||
      "deployment" in { ...installation } ||
      "provisioning" in { ...installation };
    const installations = [{ ...(isDeployed ? {} : { deploymentFile: "deployment.json" }), ...installation }, ...more];
    const checked = checkConfig(sampleSource({ ...named, ...stack, installations }, { files }));
    expect("problems" in checked ? checked.problems : []).toEqual(
      // Where an example leaves a certificate out, that alone is missed.
      text.includes("BEGIN CERTIFICATE") && text.includes("...")
        ? [expect.objectContaining({ path: expect.stringContaining("trustedCas") })]
        : [],
    );
  }
});

it.each(inLanguage("json"))("%s is JSON, and a manifest in it is accepted", (place, { text }) => {
  for (const document of documentsOf(text)) {
    if (typeof document !== "object" || document === null || !("modulesContent" in document)) continue;
    const { findings } = judgeManifest(JSON.stringify(document), defaultModuleSettings, "an installation");
    // A device's manifest asks for what is refused here by default: that page is about it.
    const expected = place.startsWith("docs/migration.md") ? [expect.objectContaining({ needs: "hostPaths" })] : [];
    expect(findings.filter(({ severity }) => severity === "error")).toEqual(expected);
  }
});

it.each(inLanguage("ts", "js"))("%s is a program", (_place, { language, text }) => {
  expect(() => transformSync(text, { loader: language as "ts" | "js" })).not.toThrow();
});

/** A document, lines of a log that are one each, or some members of an object. */
function documentsOf(text: string): readonly unknown[] {
  for (const read of [
    () => [JSON.parse(text)],
    () =>
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    () => [JSON.parse(`{${text}}`)],
  ]) {
    try {
      return read();
    } catch {}
  }
  throw new SyntaxError("neither a document, nor lines of documents, nor members of an object");
}
