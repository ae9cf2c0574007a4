import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Command } from "commander";
import { Check } from "typebox/value";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { CommandContext, Run } from "../terminal/index.ts";
import { addManifest } from "./cli.ts";
import { ManifestCheckSchema } from "./judgement.ts";

/** What the command prints, and the code that it ends with. */
async function check(...args: readonly string[]): Promise<{ readonly text: string; readonly code: unknown }> {
  const printed: string[] = [];
  let code: unknown;
  const run: Run = async (command) => {
    const { signal } = new AbortController();
    const output = { write: (text: string) => printed.push(text) };
    const context = { projectDirectory: directory, output, signal };
    code = await command(context as unknown as CommandContext);
  };
  const manifest = new Command("manifest");
  addManifest(manifest, run);
  await manifest.parseAsync(["check", ...args], { from: "user" });
  return { text: printed.join(""), code };
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "manifest-check-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A file of one manifest, or of a layer. */
function fileOf(name: string, section: object): string {
  const file = join(directory, name);
  writeFileSync(file, JSON.stringify({ modulesContent: { $edgeAgent: section } }, undefined, 1));
  return file;
}
const baseOf = (image: string) => ({
  "properties.desired": { schemaVersion: "1.1", modules: { a: { type: "docker", settings: { image } } } },
});

it.each([
  [join(import.meta.dirname, "missing.json"), "there is no such file"],
  [import.meta.dirname, "it is a directory"],
])("says why it cannot read %s", async (file, problem) => {
  const message = `${file} cannot be read: ${problem}`;
  await expect(check(file)).rejects.toMatchObject({ code: "EDGE_MANIFEST_UNREADABLE", message });
});

it("refuses an installation without its stack, which would be ignored", async () => {
  await expect(check("deployment.json", "--installation", "line-1")).rejects.toMatchObject({ code: "EDGE_CLI_USAGE" });
});

it("merges layers over a manifest, and names the file of what is wrong in them", async () => {
  const base = fileOf("base.json", baseOf("r/a:1"));
  const options = { User: "root" };
  const layer = fileOf("layer.json", {
    "properties.desired.modules.b": { type: "docker", settings: { image: "r/b:1", createOptions: options } },
  });
  const { text, code } = await check(base, layer);
  expect(code).toBe(3);
  expect(text).toContain(`${base} + ${layer}: refused by an installation with defaults, 1 error, 0 warnings`);
  expect(text).toContain(`  error    ${layer}:9:15  modules.b.settings.createOptions.User: "root" is root.`);
  const printed = JSON.parse((await check(base, layer, "--json")).text);
  expect(Check(ManifestCheckSchema, printed)).toBe(true);
  expect(printed).toMatchObject({ file: base, layers: [layer], judgements: [{ findings: [{ file: layer }] }] });
});

it("tells what a layer gives the hub at its place there", async () => {
  const base = fileOf("base.json", baseOf("r/a:1"));
  const createOptions = {
    HostConfig: { Binds: ["data:/data"] },
    "k8s-extensions": { volumeClaims: { data: { size: "1Gi" } } },
  };
  const hub = { type: "docker", settings: { image: "r/hub:1", createOptions } };
  const layer = fileOf("hub.json", { "properties.desired.systemModules.edgeHub": hub });
  const { text } = await check(base, layer);
  const path = "systemModules.edgeHub.settings.createOptions.k8s-extensions.volumeClaims.data";
  expect(text).toContain(`  warning  ${layer}:16:17  ${path}: has no effect: the installation makes no claims`);
});

it("refuses what is no layer, with its place, and a second standard input", async () => {
  const base = fileOf("base.json", baseOf("r/a:1"));
  const { text, code } = await check(base, base);
  expect(code).toBe(3);
  expect(text).toContain(`${base}:4:26  modulesContent.$edgeAgent.properties.desired: is a base of its own`);
  await expect(check("-", "-")).rejects.toMatchObject({ code: "EDGE_CLI_USAGE" });
  writeFileSync(join(directory, "list.json"), "[]");
  const list = await check(base, join(directory, "list.json"));
  expect(list.code).toBe(3);
  expect(list.text).toContain(`${join(directory, "list.json")}  manifest: holds no JSON object of usual depth.`);
});

it.each([
  ["a comment", Buffer.from('{\n // why\n "a": 1}'), ":2:2", "is not JSON: JSON has no comments. Correct it there"],
  [
    "a comma too many",
    Buffer.from('\uFEFF{"a": 1,}'),
    ":1:9",
    "is not JSON: a property name in double quotes is missing",
  ],
  [
    "UTF-16",
    Buffer.from("\uFEFF{}", "utf16le"),
    "",
    "is UTF-16, and manifests are UTF-8. Write it in UTF-8, as `iconv -f",
  ],
  ["UTF-16 of the other order", Buffer.from("\uFEFF{}", "utf16le").swap16(), "", "is UTF-16"],
  ["UTF-16 without a mark", Buffer.from("{}", "utf16le"), "", "is UTF-16"],
  ["more than 4 MiB", Buffer.alloc(4 * 1024 * 1024 + 1, " "), "", "is larger than 4 MiB"],
])("finds %s in a file, a base or a layer", async (_, bytes, place, message) => {
  const file = join(directory, "unreadable.json");
  writeFileSync(file, bytes);
  const { text, code } = await check(file);
  expect(code).toBe(3);
  expect(text).toContain(`  error    ${file}${place}  manifest: ${message}`);
  const base = fileOf("base.json", baseOf("r/a:1"));
  const printed = JSON.parse((await check(base, file, "--json")).text);
  expect(Check(ManifestCheckSchema, printed)).toBe(true);
  expect(printed.judgements).toMatchObject([{ accepted: false, findings: [{ severity: "error", file }] }]);
});

it("refuses what stands twice in a file, with both places", async () => {
  const file = fileOf("twice.json", baseOf("r/a:1"));
  writeFileSync(file, readFileSync(file, "utf8").replace('"modules": {', '"modules": {"a": {},'));
  const { text, code } = await check(file);
  expect(code).toBe(3);
  expect(text).toMatch(/modules\.a: is given twice, at 6:\d+ and at 7:\d+/);
});

it("takes of the environment what --variable or the stack lists, and refuses to take what is of the tools", async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
  const file = fileOf("environment.json", baseOf("${CHECK_TEST_REGISTRY}/a:1"));
  vi.stubEnv("CHECK_TEST_REGISTRY", "registry.plant");
  try {
    const unlisted = await check(file);
    expect(unlisted.code).toBe(3);
    expect(unlisted.text).toContain("iotedge:deploymentVariables: [CHECK_TEST_REGISTRY] in the stack");
    expect(await check(file, "--variable", "CHECK_TEST_REGISTRY")).toMatchObject({ code: 0 });
    await expect(check(file, "--variable", "EDGE_AGE_KEY")).rejects.toMatchObject({ code: "EDGE_CLI_USAGE" });
  } finally {
    vi.unstubAllEnvs();
  }
});

it("prints of no placeholder what it stands for, in text and in JSON", async () => {
  const folder = mkdtempSync(join(directory, "filled-"));
  const options = { Hostname: "$" + "{HOST}", HostConfig: { Binds: ["$" + "{DATA}:/data"] } };
  const module = { type: "docker", settings: { image: "r/a:1", createOptions: options } };
  const section = { "properties.desired": { schemaVersion: "1.1", modules: { a: module } } };
  const file = fileOf(join(relative(directory, folder), "template.json"), section);
  writeFileSync(join(folder, ".env"), "HOST=not_a_host-a1b2c3\nDATA=/srv/a1b2c3\n");
  const [{ text, code }, json] = [await check(file), await check(file, "--json")];
  expect(code).toBe(3);
  expect(text).toContain(`Hostname: "$\{HOST}" is not a host name`);
  expect(text).toContain(`policy: {"hostPaths":[{"pathPrefix":"$\{DATA}","readOnly":false}]}`);
  expect(`${text}${json.text}`).not.toContain("a1b2c3");
  writeFileSync(join(folder, ".env"), Buffer.from("\uFEFFHOST=x\n", "utf16le"));
  expect((await check(file)).text).toContain(`${join(folder, ".env")}  is UTF-16`);
});

it("names the lines of a .env that do not do what they seem to, each once, and nothing that stands in them", async () => {
  const folder = mkdtempSync(join(directory, "variables-"));
  const fileIn = (name: string, section: object) => fileOf(join(relative(directory, folder), name), section);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
  const base = fileIn("base.json", baseOf("${REGISTRY}/a:1"));
  const layer = fileIn("layer.json", { "properties.desired.modules.a.status": "running", x: "$" });
  const own = join(folder, ".env");
  writeFileSync(own, "REGISTRY: r.other\nREGISTRY=r.first\nREGISTRY=r.plant\n");
  const [{ text }, json] = [await check(base), await check(base, "--json")];
  expect(text).toContain(`  warning  ${own}:1:1  is no NAME=value, and is passed over. Write NAME=value`);
  expect(text).toContain(`  warning  ${own}:3:1  sets REGISTRY again, after line 2; this line counts. Keep one`);
  expect(text).toContain("accepted by an installation with defaults, 0 errors, 2 warnings");
  expect(text).not.toContain("r.other");
  expect(Check(ManifestCheckSchema, JSON.parse(json.text))).toBe(true);
  expect((await check(base, layer)).text.match(/ passed over/g)).toHaveLength(1);
});

it("tells of keys that become one which these are, with their place, and not that they are not filled in", async () => {
  const folder = mkdtempSync(join(directory, "keys-"));
  const ports = { "1883/tcp": [{}], ["$" + "{PORT}/tcp"]: [{}] };
  const options = (createOptions: unknown) => ({ image: "r/a:1", createOptions });
  const settings = [options({ HostConfig: { PortBindings: ports } }), options(JSON.stringify({ ExposedPorts: ports }))];
  const [a, b] = settings.map((one) => ({ type: "docker", settings: one }));
  const section = { "properties.desired": { schemaVersion: "1.1", modules: { a, b } } };
  const file = fileOf(join(relative(directory, folder), "template.json"), section);
  writeFileSync(join(folder, ".env"), "PORT=1883\n");
  const { text, code } = await check(file);
  expect(code).toBe(3);
  const where = 'modules.a.settings.createOptions.HostConfig.PortBindings["$' + '{PORT}/tcp"]';
  const message = `"$\{PORT}/tcp" becomes the same key as "1883/tcp", once they are filled in`;
  expect(text).toContain(`error    ${file}:17:26  ${where}: ${message}. Remove one of the two`);
  expect(text).toContain(`modules.b.settings.createOptions.ExposedPorts["$\{PORT}/tcp"]: ${message}`);
  expect(text).not.toContain("not filled in");
});

it("follows no link that is the .env, and puts in no more than a manifest may hold", async () => {
  const folder = mkdtempSync(join(directory, "large-"));
  const name = "$" + "{A}";
  const createOptions = { Env: Array.from({ length: 1900 }, (_, index) => `X${index}=${name}${name}${name}`) };
  const module = { type: "docker", settings: { image: "r/a:1", createOptions } };
  const section = { "properties.desired": { schemaVersion: "1.1", modules: { a: module } } };
  const file = fileOf(join(relative(directory, folder), "template.json"), section);
  writeFileSync(join(folder, ".env"), `A=${"x".repeat(100_000)}`);
  expect(await check(file)).toMatchObject({
    code: 3,
    text: expect.stringContaining("becomes larger than a ConfigMap"),
  });
  rmSync(join(folder, ".env"));
  symlinkSync("/etc/os-release", join(folder, ".env"));
  const linked = await check(file);
  expect(linked).toMatchObject({ code: 3, text: expect.stringContaining("is a symbolic link") });
});

it("stops reading what has no end", async () => {
  expect(await check("/dev/zero")).toMatchObject({ code: 3, text: expect.stringContaining("is larger than 4 MiB") });
});

it("takes the images of a stack, and judges where it has none yet and is wrong in its own manifests", async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder of IoT Edge's templates
  const file = fileOf("template.json", baseOf("${MODULES.sample}"));
  const program = pathToFileURL(join(import.meta.dirname, "../program.ts")).href;
  const main = `import { stackProgram } from ${JSON.stringify(program)};\nexport default stackProgram(import.meta.dirname);\n`;
  writeFileSync(join(directory, "own.mjs"), main);
  writeFileSync(join(directory, "Pulumi.yaml"), JSON.stringify({ name: "own", runtime: "nodejs", main: "own.mjs" }));
  const stack = (images: object) => {
    const installations = [{ namespace: "line-1", deploymentFile: "none.json" }];
    const config = { "iotedge:installations": installations, ...images };
    writeFileSync(join(directory, "Pulumi.plant.yaml"), JSON.stringify({ config }));
  };
  stack({});
  expect(await check(file, "--stack", "plant")).toMatchObject({ code: 3 });
  const images = { iotedged: "r/i:1", edgeAgent: "r/e:1", proxy: "r/p:1", modules: { sample: "r/sample:1" } };
  stack({ "iotedge:images": images });
  expect(await check(file, "--stack", "plant")).toMatchObject({ code: 0 });
});
