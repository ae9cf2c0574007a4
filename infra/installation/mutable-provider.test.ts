import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { renderStack } from "../render/render-stack.ts";
import { mutable, recordInstallation } from "./test/sample.ts";

const room = pathToFileURL(`${import.meta.dirname}/`).href;
const directories: string[] = [];

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

/** Where the module is, for a program that is not in this checkout. */
const exported = (from: string) => import.meta.resolve(from.replace("pulumi-iotedge", "./index.ts"));

async function newProject(config: object, main: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "edge-own-"));
  directories.push(directory);
  await writeFile(join(directory, "Pulumi.yaml"), JSON.stringify({ name: "own", runtime: "nodejs", main }));
  await writeFile(join(directory, "Pulumi.dev.yaml"), JSON.stringify({ config }));
  return directory;
}

/**
 * Runs a program of a user's own, with the SDK's real runner.
 *
 * @param options of EdgeInstallation, in TypeScript
 */
async function render(options: string, config: object = {}, preview = true) {
  const directory = await newProject(config, "own.mjs");
  const program = `
    import { EdgeInstallation, k8s } from ${JSON.stringify(`${room}test/own-program.ts`)};
    const images = { iotedged: "r/a:1", edgeAgent: "r/b:1", proxy: "r/c:1" };
    export default async () => {
      new EdgeInstallation("line-1", { namespace: "line-1", images }, ${options});
    };
  `;
  await writeFile(join(directory, "own.mjs"), program);
  return renderStack({ projectDirectory: directory, stack: "dev", preview });
}

const named = (args: object) => `{ provider: new k8s.Provider("plant", ${JSON.stringify(args)}) }`;
const refused = (provider: string, missing: string, remedy: string) => ({
  code: "EDGE_INSTALLATION_PROVIDER",
  message: `the ${provider} of installation line-1 would replace ConfigMaps and Secrets instead of changing them: it lacks ${missing}`,
  remedy,
});

describe("ConfigMaps and Secrets of a program of one's own", () => {
  it.each([true, false])(
    "are declared with a provider that changes them where they are (preview: %s)",
    async (preview) => {
      const { objects } = await render(named({ context: "plant", ...mutable }), {}, preview);
      expect(objects.filter(({ object }) => ["ConfigMap", "Secret"].includes(object.kind))).toHaveLength(6);
    },
  );

  it.each([
    ["neither", {}, "enableConfigMapMutable and enableSecretMutable"],
    ["one alone", { enableConfigMapMutable: true }, "enableSecretMutable"],
    ["one that is off", { ...mutable, enableConfigMapMutable: false }, "enableConfigMapMutable"],
  ])("are refused with a provider that has %s of the two flags, by its name", async (_, args, missing) => {
    const remedy = `Declare it with { ${missing.replace(" and ", ": true, ")}: true }.`;
    const refusal = refused("Kubernetes provider plant", missing, remedy);
    await expect(render(named(args))).rejects.toMatchObject(refusal);
    await expect(render(named(args), {}, false)).rejects.toMatchObject(refusal);
  });

  it("are refused with the default provider, unless the stack sets its flags", async () => {
    const missing = "enableConfigMapMutable and enableSecretMutable";
    const remedy =
      "Set them for the stack: pulumi config set kubernetes:enableConfigMapMutable true; pulumi config set kubernetes:enableSecretMutable true";
    await expect(render("{}")).rejects.toMatchObject(refused("default Kubernetes provider", missing, remedy));
    const set = { "kubernetes:enableConfigMapMutable": "true", "kubernetes:enableSecretMutable": true };
    expect((await render("{}", set)).objects.length).toBeGreaterThan(6);
  });

  it("are declared by the program that the README shows", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    const [, shown = ""] = /### As part of your own Pulumi program\n[^`]*```ts\n(.*?)```/s.exec(readme) ?? [];
    const directory = await newProject({}, "own.ts");
    const manifest = { modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1" } } } };
    await writeFile(join(directory, "line-1.deployment.json"), JSON.stringify(manifest));
    const imports = ["@pulumi/kubernetes", "pulumi-iotedge"];
    const program = imports.reduce((text, from) => text.replace(`"${from}"`, JSON.stringify(exported(from))), shown);
    // Pulumi runs a module that declares by itself; the render engine runs what it exports.
    const [head = "", body = ""] = program.split(/\n\n(.*)/s);
    await writeFile(join(directory, "own.ts"), `${head}\nexport default async () => {\n${body}\n};\n`);
    const { objects } = await renderStack({ projectDirectory: directory, stack: "dev", preview: true });
    expect(objects.map(({ object }) => object.metadata.namespace)).toContain("line-1");
  });

  it("wait for the check, and nothing else does", async () => {
    const { resources } = await recordInstallation();
    const held = resources.filter(({ options }) => options.dependsOn !== undefined).map(({ inputs }) => inputs.kind);
    expect(new Set(held)).toEqual(new Set(["ConfigMap", "Secret", "Deployment"]));
  });
});
