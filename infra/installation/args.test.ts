import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { TokenReview } from "./args.ts";

/** The SDK's own inference of a component's schema; not among its declared types. */
interface Analyzer {
  analyze(): {
    readonly components: Readonly<Record<string, { readonly inputs: object; readonly outputs: object }>>;
    readonly typeDefinitions: Readonly<Record<string, { readonly enum?: readonly { readonly value: string }[] }>>;
  };
}
type AnalyzerClass = new (directory: string, name: string, manifest: object, components: Set<string>) => Analyzer;

const require = createRequire(import.meta.url);
const repository = fileURLToPath(new URL("../..", import.meta.url));
const entry = fileURLToPath(new URL("index.ts", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "schema-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("EdgeInstallation's schema", () => {
  it("can be inferred by Pulumi, so that programs in other languages can use the component", {
    timeout: 60_000,
  }, () => {
    const options = { rootDir: "/", types: [] };
    const config = {
      extends: join(repository, "tsconfig.json"),
      compilerOptions: options,
      files: [entry],
      include: [],
    };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    const { Analyzer } = require("@pulumi/pulumi/provider/experimental/analyzer.js") as { Analyzer: AnalyzerClass };
    const manifest = { main: relative(directory, entry) };
    const { components, typeDefinitions } = new Analyzer(
      directory,
      "iotedge",
      manifest,
      new Set(["EdgeInstallation"]),
    ).analyze();
    expect(components.EdgeInstallation?.inputs).toMatchObject({
      namespace: { type: "string" },
      nodeObserver: { type: "boolean", plain: true },
      images: { $ref: "#/types/iotedge:index:ImagesArgs" },
    });
    expect(Object.keys(components.EdgeInstallation?.outputs ?? {})).toContain("trustBundleSha256");
    expect(typeDefinitions.TokenReview?.enum?.map(({ value }) => value)).toEqual(Object.values(TokenReview));
  });
});
