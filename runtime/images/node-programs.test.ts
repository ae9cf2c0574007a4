import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { bundleEntries, bundlePrograms } from "./node-programs.ts";

/** From elsewhere, so that nothing in them can come from where the bundler was called. */
const programs = ["iotedged", "edge-agent"];
let bundles: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  const start = process.cwd();
  try {
    process.chdir(tmpdir());
    bundles = await bundlePrograms(programs);
  } finally {
    process.chdir(start);
  }
}, 180_000);
const bundleOf = (name: string) => Buffer.from(bundles.get(name) ?? "");

const pure = { client: join(import.meta.dirname, "../sample-module/workload-client.ts") };

it("bundles a program into one file that runs without the source tree", () => {
  const directory = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    writeFileSync(join(directory, "main.mjs"), bundleOf("edge-agent"));
    const run = spawnSync(process.execPath, ["main.mjs"], { cwd: directory, env: {}, encoding: "utf8" });
    expect(run.stdout + run.stderr).toContain("EDGE_");
    expect(run.status).toBe(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 60_000);

it("has each package that this project loads in the file, also those that are loaded late", () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"),
  );
  const own = new Set(Object.keys({ ...dependencies, ...devDependencies }));
  for (const name of programs) {
    const text = bundleOf(name).toString();
    const loaded = [...text.matchAll(/(?:require\w*|import)\("([^"\\]+)"\)/g)].map(([, name = ""]) => name);
    expect(loaded).toContain("fs");
    const packages = loaded
      .filter((name) => !isBuiltin(name))
      .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? "");
    expect(packages.filter((name) => own.has(name))).toEqual([]);
  }
});

it("keeps names, so that stack traces can be read", async () => {
  const bundle = Buffer.from((await bundleEntries(pure)).get("client") ?? "").toString();
  expect(bundle).toContain("function workloadClient(environment)");
});

it("is plain ASCII, so that it takes one byte a character in memory", () => {
  expect(bundleOf("iotedged").length).toBeGreaterThan(100_000);
  expect(bundleOf("iotedged").findIndex((byte) => byte > 127)).toBe(-1);
});

it("gives the same bytes for the same source", async () => {
  const [first, second] = [await bundleEntries(pure), await bundleEntries(pure)];
  expect(first.get("client")).toEqual(second.get("client"));
});

it("gives the same bytes wherever it is called from, and wherever a program's own packages are installed", async () => {
  const directory = mkdtempSync(join(tmpdir(), "bundle-"));
  const start = process.cwd();
  try {
    const texts: string[] = [];
    for (const name of ["here", "at/a/place/with/a/longer/name"]) {
      const modules = join(directory, name, "node_modules");
      mkdirSync(join(modules, "old-package"), { recursive: true });
      writeFileSync(join(modules, "old-package/index.js"), 'exports.word = "from a CommonJS package";');
      writeFileSync(join(directory, "main.ts"), 'import { word } from "old-package"; console.log(word);');
      process.chdir(join(directory, name));
      const made = await bundleEntries({ main: join(directory, "main.ts") }, [modules]);
      texts.push(Buffer.from(made.get("main") ?? "").toString());
    }
    expect(texts[0]).toContain('"node_modules/old-package/index.js"');
    expect(texts[0]).toBe(texts[1]);
  } finally {
    process.chdir(start);
    rmSync(directory, { recursive: true });
  }
});

it("gives the same bytes for a program that loads some of its own modules later, wherever its packages are", async () => {
  const directory = mkdtempSync(join(tmpdir(), "bundle-"));
  try {
    const texts: string[] = [];
    for (const name of ["here", "at/a/place/with/a/longer/name"]) {
      const packages = join(directory, name, "node_modules");
      // The project has a package of the last name, too.
      for (const used of ["aedes", "azure-iot-device", "azure-iot-device-mqtt", "mqtt-packet"]) {
        mkdirSync(join(packages, used), { recursive: true });
        writeFileSync(join(packages, used, "index.js"), "exports.Aedes = exports.Client = exports.Mqtt = class {};");
      }
      texts.push(
        Buffer.from((await bundlePrograms(["sample-module"], [packages])).get("sample-module") ?? "").toString(),
      );
    }
    // A line may end anywhere in a name.
    expect(texts[0]?.replaceAll("\\\n", "")).toContain('"source:runtime/sample-module/consumer.ts"');
    expect(texts[0]).toBe(texts[1]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it("names modules of this project by their path in it", () => {
  const bundle = bundleOf("iotedged").toString();
  expect(bundle).toContain('"node_modules/');
  expect(bundle).not.toMatch(/"\.\.\/[^"\n]*node_modules/);
});

it("finds a program's own packages where they are installed", async () => {
  const directory = mkdtempSync(join(tmpdir(), "packages-"));
  try {
    mkdirSync(join(directory, "installed/some-package"), { recursive: true });
    writeFileSync(join(directory, "installed/some-package/index.js"), 'export const word = "from a package";');
    writeFileSync(join(directory, "main.ts"), 'import { word } from "some-package"; console.log(word);');
    const entry = { main: join(directory, "main.ts") };
    const made = await bundleEntries(entry, [join(directory, "installed")]);
    expect(Buffer.from(made.get("main") ?? "").toString()).toContain("from a package");
    await expect(bundleEntries(entry)).rejects.toMatchObject({ code: "EDGE_IMAGES_BUNDLE_FAILED" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

it("leaves out the models of the Kubernetes client, which no program uses", () => {
  const bundle = bundleOf("iotedged").toString();
  expect(bundle).toContain("loadFromCluster");
  expect(bundle).not.toContain("attributeTypeMap");
});

it("names what cannot be bundled", async () => {
  await expect(bundlePrograms(["absent"])).rejects.toMatchObject({ code: "EDGE_IMAGES_BUNDLE_FAILED" });
});
