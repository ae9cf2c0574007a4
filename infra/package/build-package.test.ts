import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type ComponentPlugin, startComponentPlugin } from "../../test/support/component-plugin.ts";
import { type Outcome, runProgram } from "../../test/support/run-program.ts";
import { type BuiltPackage, buildPackage } from "./build-package.ts";

const checkout = resolve(import.meta.dirname, "../..");
let folder: string;
let built: BuiltPackage;

/** The package as npm would install it: what it does not name is not there for it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-package-"));
  built = await buildPackage({ projectDirectory: checkout, tell: () => {} });
  const modules = join(folder, "node_modules");
  const own = join(modules, "pulumi-iotedge");
  await mkdir(own, { recursive: true });
  await promisify(execFile)("tar", ["xzf", built.tarball, "--strip-components=1", "-C", own]);
  const { dependencies, peerDependencies } = JSON.parse(await readFile(join(own, "package.json"), "utf8"));
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(checkout, "node_modules", name), join(modules, name));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const project = (name: string) => join(folder, name);

async function edgectl(cwd: string, ...args: string[]): Promise<Outcome> {
  const bin = join(folder, "node_modules/pulumi-iotedge/bin/edgectl.mjs");
  await mkdir(cwd, { recursive: true });
  return runProgram(process.execPath, [bin, ...args], { cwd });
}

async function kindsOf(cwd: string, stack: string): Promise<readonly string[]> {
  const { stdout, stderr } = await edgectl(cwd, "render", "--stack", stack);
  expect(stderr).not.toContain("error");
  return parseAllDocuments(stdout).map(
    (document) => `${document.get("kind")} ${document.getIn(["metadata", "namespace"])}`,
  );
}

async function write(cwd: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, file)), { recursive: true });
    await writeFile(join(cwd, file), text);
  }
}

const installations = (types: string) => `
  import * as k8s from "@pulumi/kubernetes";
  import { EdgeInstallation${types} } from "pulumi-iotedge";
  const images = { iotedged: "r/iotedged:1", edgeAgent: "r/edge-agent:1", proxy: "r/proxy:1" };
  const kubernetes = new k8s.Provider("cluster", { enableSecretMutable: true, enableConfigMapMutable: true });
  for (const namespace of ["line-1", "line-2"]) new EdgeInstallation(namespace, { namespace, images }, { providers: { kubernetes } });
`;

describe("the npm package", () => {
  it("holds compiled code with types, and neither sources nor tests", async () => {
    const files = await readdir(join(folder, "node_modules/pulumi-iotedge"), { recursive: true });
    expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\.|\/golden\/|\/fixtures\//.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(["infra/library.js", "infra/library.d.ts", "infra/library.js.map", "docs/man/edgectl.1"]),
    );
    expect(built.bytes).toBeLessThan(3_000_000);
  });

  it("leads from each line that throws to that line of its source", async () => {
    const own = join(folder, "node_modules/pulumi-iotedge");
    const scripts = (await readdir(own, { recursive: true })).filter((file) => /^(infra|runtime)\/.*\.js$/.test(file));
    const seen = [];
    for (const file of scripts) {
      const lines = (await readFile(join(own, file), "utf8")).split("\n");
      const mapped = await readFile(join(own, `${file}.map`), "utf8").catch(() => undefined);
      if (mapped === undefined) continue;
      const map = new SourceMap(JSON.parse(mapped));
      const source = map.payload.sourcesContent[0]?.split("\n") ?? [];
      for (const [index, line] of lines.entries()) {
        if (!/^ *throw /.test(line)) continue;
        const entry = map.findEntry(index, line.length) as { originalLine: number };
        seen.push({ file, line: index, thrown: source[entry.originalLine]?.includes("throw ") });
      }
    }
    expect(seen.length).toBeGreaterThan(200);
    expect(seen.filter(({ thrown }) => !thrown)).toEqual([]);
  });

  it("loads the library of schemas from a few files, which bring its licence", async () => {
    const own = join(folder, "node_modules/pulumi-iotedge");
    const { imports } = JSON.parse(await readFile(join(own, "package.json"), "utf8"));
    const aliases = Object.keys(imports).filter((alias) => alias.startsWith("#typebox"));
    expect(aliases).toEqual(expect.arrayContaining(["#typebox", "#typebox/value"]));
    for (const alias of aliases) await expect(stat(join(own, imports[alias])), alias).resolves.toBeDefined();
    expect(await readFile(join(own, "libraries/typebox/LICENSE"), "utf8")).toContain("MIT");
    const script = `process.once("exit", () => console.log(JSON.stringify(opened)));
      const opened = [];
      const { registerHooks } = await import("node:module");
      registerHooks({ load: (url, context, next) => { opened.push(url); return next(url, context); } });
      await import(${JSON.stringify(join(own, "infra/config/schema.js"))});`;
    const { code, stdout } = await runProgram(process.execPath, ["--input-type=module", "--eval", script]);
    expect(code).toBe(0);
    const opened: string[] = JSON.parse(stdout);
    expect(opened.filter((url) => url.includes("/libraries/typebox/")).length).toBeGreaterThan(1);
    expect(opened.filter((url) => url.includes("/node_modules/typebox/"))).toEqual([]);
  });

  it("holds the pages that its README, help and errors refer users to", async () => {
    const own = join(folder, "node_modules/pulumi-iotedge");
    const readme = await readFile(join(own, "README.md"), "utf8");
    const forUsers = readme.slice(readme.indexOf("## Use it in your own cluster"), readme.indexOf("To change it:"));
    const linked = forUsers.matchAll(/\]\((?!https?:)([\w./-]+)/g);
    const code = (await readdir(join(own, "infra"), { recursive: true })).filter((file) => file.endsWith(".js"));
    const texts = await Promise.all(code.map((file) => readFile(join(own, "infra", file), "utf8")));
    const named = texts.flatMap((text) => [...text.matchAll(/\b(docs\/[\w-]+\.md)/g)]);
    const pages = new Set([...linked, ...named].map(([, page = ""]) => page));
    expect(pages.size).toBeGreaterThan(15);
    for (const page of pages) await expect(stat(join(own, page)), page).resolves.toBeDefined();
  });

  it("makes a project that renders, and whose manifests can be judged", async () => {
    const plant = project("plant");
    const made = await edgectl(folder, "init", plant, "--stack", "dev", "--pipeline", "github");
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(await kindsOf(plant, "dev")).toEqual(expect.arrayContaining(["Namespace undefined", "Deployment line-1"]));
    expect(await edgectl(plant, "render", "--stack", "dev", "--out", "manifests")).toMatchObject({ code: 0 });
    // 2: findings, none of them high.
    const lint = await edgectl(plant, "rbac", "lint", "manifests", "--fail-on", "high");
    expect(lint).toMatchObject({ code: 2, stdout: expect.not.stringContaining("Unresolved") });
  });

  it("makes nothing anew, and replaces nothing of somebody's own", async () => {
    const twice = project("twice");
    await edgectl(folder, "init", twice);
    const again = await edgectl(twice, "init", "--json");
    const states = new Set(JSON.parse(again.stdout).files.map(({ state }: { state: string }) => state));
    expect([...states]).toEqual(["unchanged"]);
    await writeFile(join(twice, "index.ts"), "mine");
    const refused = await edgectl(twice, "init", "--stack", "other");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("EDGE_INIT_EXISTS") });
    expect(refused.stderr).toContain("index.ts");
    await expect(stat(join(twice, "stacks/Pulumi.other.yaml"))).rejects.toThrow("ENOENT");
  });

  it("serves a program in TypeScript, which the compiler accepts", async () => {
    const own = project("typed");
    const arguments_ = "const args: EdgeInstallationArgs = { namespace: 'line-3', images };";
    const more = `${arguments_} new EdgeInstallation("line-3", args, { providers: { kubernetes } });`;
    await write(own, {
      "package.json": '{ "type": "module" }',
      "Pulumi.yaml": "name: own\nruntime: nodejs\nmain: main.ts\n",
      "Pulumi.a.yaml": "config: {}\n",
      "main.ts": `${installations(", type EdgeInstallationArgs")} ${more} export default async () => {};`,
    });
    const kinds = await kindsOf(own, "a");
    expect(kinds).toEqual(expect.arrayContaining(["Deployment line-1", "Deployment line-2", "Deployment line-3"]));
    const compiler = join(checkout, "node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"];
    const compiled = await runProgram(process.execPath, [compiler, ...options, "main.ts"], { cwd: own });
    expect(compiled.stdout).toBe("");
  });

  it("serves a program in plain JavaScript", async () => {
    const own = project("plain");
    await write(own, {
      "package.json": '{ "type": "module" }',
      "Pulumi.yaml": "name: own\nruntime: nodejs\nmain: main.js\n",
      "Pulumi.a.yaml": "config: {}\n",
      "main.js": `${installations("")} export default async () => {};`,
    });
    expect(await kindsOf(own, "a")).toEqual(expect.arrayContaining(["Deployment line-1", "Deployment line-2"]));
  });

  it.each(["start", "stop", "cluster", "images build", "images push"])(
    "says that %s needs a checkout",
    async (command) => {
      const words = command.split(" ");
      const { code, stderr } = await edgectl(folder, ...words, "--stack", "x");
      const told = expect.stringContaining(`EDGE_CLI_CHECKOUT_ONLY: edgectl ${command} builds`);
      expect({ code, stderr }).toEqual({ code: 1, stderr: told });
      const { stdout } = await edgectl(folder, ...words.slice(0, -1), "--help");
      expect(stdout).not.toMatch(new RegExp(`^ {2}${words.at(-1)} `, "m"));
    },
  );

  it("copies images without a checkout", async () => {
    const { stdout } = await edgectl(folder, "images", "--help");
    for (const command of ["save", "load", "mirror"]) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
  });

  it.each(["up", "down", "status", "logs", "restart", "support-bundle", "trust status", "trust rotate"])(
    "says nothing of a local cluster, which it has not, in the help of %s",
    async (command) => {
      const { code, stdout } = await edgectl(folder, ...command.split(" "), "--help");
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("--context") });
      expect(stdout).not.toMatch(/\blocal\s+(one|cluster)\b/);
    },
  );

  it("names the file with all keys where the project has it", async () => {
    const wrong = project("wrong");
    await edgectl(folder, "init", wrong);
    await writeFile(join(wrong, "stacks/Pulumi.dev.yaml"), "config: { iotedge:instalations: [] }\n");
    await symlink(join(folder, "node_modules"), join(wrong, "node_modules"));
    const { stderr } = await edgectl(wrong, "render", "--stack", "dev");
    const [, file = ""] = /; (\S+) shows every key/.exec(stderr) ?? [];
    expect(file).toMatch(/node_modules\/pulumi-iotedge\/stacks/);
    await expect(stat(resolve(wrong, file))).resolves.toBeDefined();
  });

  it("says in a sentence that a Node is too old", async () => {
    const older = 'Object.defineProperty(process, "versions", { value: { node: "20.20.2" } });';
    const bin = join(folder, "node_modules/pulumi-iotedge/bin/edgectl.mjs");
    const run = await runProgram(process.execPath, [
      "--import",
      `data:text/javascript,${encodeURIComponent(older)}`,
      bin,
    ]);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error EDGE_CLI_NODE: .*\n {2}fix: .*\n$/) });
  });

  it.skipIf(process.execve === undefined)(
    "carries out rollouts with a small young generation, unless it is told",
    async () => {
      const bin = join(folder, "node_modules/pulumi-iotedge/bin/edgectl.mjs");
      const told = (text: string) => expect.stringMatching(new RegExp(`^\\[${text}\\]$`));
      const tells =
        'process.on("exit", () => process.stderr.write(JSON.stringify(process.execArgv.filter((one) => one.startsWith("--max-semi")))))';
      const flags = ["--import", `data:text/javascript,${encodeURIComponent(tells)}`];
      const run = (...args: string[]) => runProgram(process.execPath, [...flags, ...args]);
      expect(await run(bin, "rollout", "--help")).toMatchObject({ code: 0, stderr: told('"--max-semi-space-size=8"') });
      expect(await run(bin, "status", "--help")).toMatchObject({ code: 0, stderr: told("") });
      const own = await run("--max-semi-space-size=32", bin, "rollout", "--help");
      expect(own).toMatchObject({ code: 0, stderr: told('"--max-semi-space-size=32"') });
    },
  );

  it("holds a policy pack that Pulumi can start", async () => {
    const pack = join(folder, "node_modules/pulumi-iotedge/infra/policy");
    const { main } = parse(await readFile(join(pack, "PulumiPolicy.yaml"), "utf8"));
    expect(JSON.parse(await readFile(join(pack, "package.json"), "utf8")).main).toBe(main);
    const runner = join(checkout, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
    const server = spawn(process.execPath, [runner, "127.0.0.1:1", join(pack, main)], { cwd: pack });
    try {
      // The port on which it answers the engine; nothing when it ends instead.
      expect(await text(server.stdout.take(1))).toMatch(/^\d+\s*$/);
    } finally {
      server.kill();
    }
  });

  it("takes the images of its release where a stack names none", async () => {
    const images = { iotedged: "r/d@sha256:1", edgeAgent: "r/a@sha256:2", proxy: "r/p@sha256:3" };
    await writeFile(join(folder, "node_modules/pulumi-iotedge/images.json"), JSON.stringify(images));
    const released = project("released");
    await edgectl(folder, "init", released);
    const { stdout } = await edgectl(released, "render", "--stack", "dev");
    expect(stdout).toContain("image: r/d@sha256:1");
    await rm(join(folder, "node_modules/pulumi-iotedge/images.json"));
    expect(await edgectl(released, "render", "--stack", "dev")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error EDGE_CONFIG_IMAGES_MISSING: .*\n {2}fix: .*\n$/),
    });
  });
});

/** As Pulumi's protocol writes them. */
const [signature, secretSignature] = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"];
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secret = (value: unknown) => ({ [signature]: secretSignature, value });

describe("the package as a plugin of Pulumi", () => {
  const images = { iotedged: "r/iotedged:1", edgeAgent: "r/edge-agent:1", proxy: "r/proxy:1" };
  let plugin: ComponentPlugin;
  beforeAll(async () => {
    plugin = await startComponentPlugin(join(folder, "node_modules/pulumi-iotedge"));
  });
  afterAll(() => plugin?.stop());

  it("tells its schema, with its own version", async () => {
    const golden = JSON.parse(await readFile(join(checkout, "infra/provider/schema.json"), "utf8"));
    expect(JSON.parse(await plugin.schema())).toEqual({ ...golden, version: built.version });
  });

  it("declares what a TypeScript program declares", async () => {
    const inputs = { namespace: "line-1", images, createNamespace: true };
    const { urn, state, objects } = await plugin.construct({ name: "line-1", inputs });
    expect(urn).toBe("urn:pulumi:dev::plant::iotedge:index:EdgeInstallation::line-1");
    expect(state).toMatchObject({ namespace: "line-1", workloadUri: "https://iotedged.line-1.svc:35001" });
    const declared = objects.map(({ object }) => `${object.kind} ${object.metadata.name}`);
    expect(declared).toEqual(
      expect.arrayContaining(["Namespace line-1", "Deployment iotedged", "Secret iotedged-workload-ca"]),
    );
  });

  it("declares what the example in YAML asks for", async () => {
    const example = await readFile(join(folder, "node_modules/pulumi-iotedge/examples/yaml/Pulumi.yaml"), "utf8");
    const { properties } = parse(example).resources["line-1"];
    const { state, objects } = await plugin.construct({ name: "line-1", inputs: properties });
    expect(state).toMatchObject({ namespace: "line-1" });
    const declared = objects.map(({ object }) => `${object.kind} ${object.metadata.name}`);
    expect(declared).toEqual(expect.arrayContaining(["Namespace line-1", "ClusterRole iotedge:line-1:token-reviewer"]));
  });

  it("takes inputs that are not known yet where they may be", async () => {
    const inputs = { namespace: "line-2", images: { ...images, proxy: unknown }, hubHostname: unknown };
    const { state } = await plugin.construct({ name: "line-2", inputs, preview: true });
    expect(state).toMatchObject({ namespace: "line-2" });
  });

  it("refuses them where they decide which objects there are, and names the place", async () => {
    const inputs = { namespace: "line-3", images, edgeAgent: { policy: { root: secret(true) } } };
    // Pulumi's protocol makes the whole group secret when something in it is.
    await expect(plugin.construct({ name: "line-3", inputs })).rejects.toThrow("edgeAgent must be known");
  });

  it("refuses a secret that would be readable", async () => {
    const inputs = { namespace: "line-4", images, deviceId: secret("device") };
    await expect(plugin.construct({ name: "line-4", inputs })).rejects.toThrow(
      "line-4 is a secret, but would be readable",
    );
  });

  it("has no other component", async () => {
    await expect(plugin.construct({ type: "iotedge:index:Other", name: "x", inputs: {} })).rejects.toThrow(
      "no iotedge:index:Other",
    );
  });
});
