import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { renderStack } from "../../render/render-stack.ts";
import { type RenderFlags, renderCommand } from "./render.ts";

const program = join(import.meta.dirname, "../../index.ts");
const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };
let directories: string[];

beforeEach(() => {
  directories = [];
});
afterEach(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true }))));

async function newProject(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "edge-render-"));
  directories.push(directory);
  await mkdir(join(directory, "stacks"));
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  const config = { "iotedge:images": images, "iotedge:installations": [{ namespace: "edge-a" }] };
  await writeFile(join(directory, "stacks/Pulumi.local.yaml"), stringify({ config }));
  return directory;
}

async function render(projectDirectory: string, more: Partial<RenderFlags> = {}): Promise<string> {
  let written = "";
  const output = {
    write: async (text: string) => {
      written += text;
    },
    json: async () => {},
  };
  const progress = {
    step: <T>(_: string, action: (tell: () => void) => Promise<T>) => action(() => {}),
    note: () => {},
  };
  const flags = {
    stack: "local",
    output: "yaml",
    showSecrets: true,
    makeKeys: false,
    clusterObjects: false,
    ...more,
  } as const;
  await renderCommand(flags, { projectDirectory, env: {}, output, progress, signal: new AbortController().signal });
  return written;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe("edgectl render", () => {
  it("before a deployment gives the same bytes in every checkout, and leaves nothing behind", async () => {
    const [here, there] = [await newProject(), await newProject()];
    const text = await render(here);
    expect(text).toContain("trust_bundle.pem: (known after deployment)");
    expect(text).not.toContain("BEGIN CERTIFICATE");
    expect(await render(there)).toBe(text);
    expect(await render(here)).toBe(text);
    expect(await exists(join(here, ".edge"))).toBe(false);
  });

  it("refuses what says how a folder for GitOps is made, where none is", async () => {
    const directory = await newProject();
    const wrong = [{ push: "oci://r.example/x:y" }, { sopsAge: ["age1x"] }, { readme: true }, { insecure: true }];
    for (const flags of wrong) {
      await expect(render(directory, flags)).rejects.toMatchObject({ code: "EDGE_CLI_USAGE" });
    }
  });

  it("shows what a deployment has kept", async () => {
    const directory = await newProject();
    await renderStack({ projectDirectory: directory, stack: "local" });
    const text = await render(directory);
    expect(text).toContain("BEGIN CERTIFICATE");
    expect(text).not.toContain("known after deployment");
  });

  it("shows an administrator what is cluster-scoped, where the stack leaves that out", async () => {
    const directory = await newProject();
    const installations = [{ namespace: "edge-a", createNamespace: true, nodeObserver: true, tokenReview: "minimal" }];
    const config = { "iotedge:images": images, "iotedge:installations": installations };
    const write = (more: object) =>
      writeFile(join(directory, "stacks/Pulumi.local.yaml"), stringify({ config: { ...config, ...more } }));
    const kinds = (text: string) => [...text.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind);
    await write({});
    const all = kinds(await render(directory));
    await write({ "iotedge:clusterObjects": "external" });
    const own = kinds(await render(directory));
    const cluster = kinds(await render(directory, { clusterObjects: true }));
    expect(cluster.filter((kind) => kind === "ClusterRole")).toHaveLength(2);
    expect(own.filter((kind) => cluster.includes(kind))).toEqual([]);
    expect([...own, ...cluster].toSorted()).toEqual(all.toSorted());
  });

  it("makes keys where it is told to, and keeps them", async () => {
    const directory = await newProject();
    const text = await render(directory, { makeKeys: true });
    expect(text).toContain("BEGIN CERTIFICATE");
    expect(await render(directory)).toBe(text);
  });
});
