import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { type RenderedObject, renderStack, toManifest } from "../render/index.ts";
import { checkConfig } from "./load-config.ts";
import { images, sampleSource } from "./test/sample-source.ts";

const program = join(import.meta.dirname, "../index.ts");
const installations = [{ namespace: "line-1", createNamespace: true, imagePullSecrets: ["mine"] }];
const registry = { server: "registry.example.com:5000", username: "robot" };
const variable = "EDGE_TEST_REGISTRY_PASSWORD";
const secret = "s3cret-of-robot";
// biome-ignore lint/suspicious/noExplicitAny: an object of any kind
type Loose = any;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-registries-"));
  await mkdir(join(directory, "stacks"));
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

async function render(password: unknown, preview = false) {
  const registries = [{ ...registry, ...(password === undefined ? {} : { password }) }];
  const config = { "iotedge:images": images, "iotedge:registries": registries, "iotedge:installations": installations };
  await writeFile(join(directory, "stacks/Pulumi.dev.yaml"), stringify({ config }));
  return renderStack({ projectDirectory: directory, stack: "dev", preview });
}

const secretIn = (objects: readonly RenderedObject[]) =>
  objects.find(({ object }) => object.metadata.name === "iotedged-registries") ?? expect.fail("there is no Secret");
const dataOf = ({ object }: RenderedObject) => object.data as Record<string, string>;

describe("a private registry", () => {
  it("becomes a Secret after its namespace and before what is fetched by it", async () => {
    vi.stubEnv(variable, secret);
    const { objects } = await render(`\${${variable}}`);
    const config = Buffer.from(dataOf(secretIn(objects))[".dockerconfigjson"] ?? "", "base64").toString();
    const auth = Buffer.from(`robot:${secret}`).toString("base64");
    expect(JSON.parse(config)).toEqual({ auths: { [registry.server]: { username: "robot", password: secret, auth } } });
    const kinds = objects.map(({ object }) => `${object.kind} ${object.metadata.name}`);
    const [namespace, made, deployment] = ["Namespace line-1", "Secret iotedged-registries", "Deployment iotedged"];
    expect(kinds.indexOf(namespace)).toBeLessThan(kinds.indexOf(made));
    expect(kinds.indexOf(made)).toBeLessThan(kinds.indexOf(deployment));
  });

  it("is used for the images of iotedged, of EdgeAgent and of modules, and modules may not read it", async () => {
    vi.stubEnv(variable, secret);
    const { objects } = await render(`\${${variable}}`);
    const object = (name: string, kind: string): Loose =>
      objects.find((one) => one.object.kind === kind && one.object.metadata.name === name)?.object;
    const { spec } = object("iotedged", "Deployment").spec.template;
    expect(spec.imagePullSecrets).toEqual([{ name: "mine" }, { name: "iotedged-registries" }]);
    const settings = JSON.parse(object("iotedged-agent-config", "ConfigMap").data["settings.json"]);
    expect(settings.imagePullSecrets).toEqual(["mine", "iotedged-registries"]);
    expect(settings.modules.closedSecrets).toEqual(["iotedged-registries", "mine"]);
  });

  it("shows its password nowhere but in the Secret, and there only to who asks for it", async () => {
    vi.stubEnv(variable, secret);
    const { objects } = await render(`\${${variable}}`);
    const traces = [secret, Buffer.from(secret).toString("base64").slice(0, -4)];
    const others = JSON.stringify(objects.filter((one) => one !== secretIn(objects)));
    for (const trace of traces) expect(others).not.toContain(trace);
    const shown = JSON.stringify(toManifest(secretIn(objects), { showSecrets: false }));
    expect(shown).not.toContain(dataOf(secretIn(objects))[".dockerconfigjson"]);
  });

  it.each([
    ["in a variable that is not set", `\${${variable}}`, `the variable ${variable} is not set`],
    ["encrypted for Pulumi", { secure: "AAABAJ" }, "it is encrypted for Pulumi, or left out"],
    ["left out", undefined, "it is encrypted for Pulumi, or left out"],
  ])("whose password is %s can be looked at, and not deployed", async (_, password, problem) => {
    expect(secretIn((await render(password, true)).objects).unknowns).toEqual([["data"]]);
    await expect(render(password)).rejects.toMatchObject({
      code: "EDGE_CONFIG_REGISTRY",
      message: expect.stringContaining(problem),
    });
  });
});

describe("the configuration", () => {
  const problemsOf = (password: string, secretKeys: readonly string[] = []) => {
    const source = sampleSource({ images, installations, registries: [{ ...registry, password }] });
    const checked = checkConfig({ ...source, secretKeys: new Set(secretKeys) });
    return checked;
  };

  it("refuses a password in plain text, and does not repeat it", () => {
    const checked = problemsOf(secret);
    expect(checked).toMatchObject({ problems: [{ path: "registries[0].password", found: "is in plain text" }] });
    expect(JSON.stringify(checked)).not.toContain(secret);
  });

  it("takes it where Pulumi has decrypted it", () => {
    expect(problemsOf(secret, ["registries"])).toMatchObject({ config: { registries: [{ password: secret }] } });
  });

  it("repeats no password of the wrong kind", () => {
    const source = sampleSource({ images, installations, registries: [{ ...registry, password: { secret } }] });
    const checked = checkConfig(source);
    expect(checked).toMatchObject({ problems: [expect.objectContaining({ path: "registries[0].password" })] });
    expect(JSON.stringify(checked)).not.toContain(secret);
  });
});
