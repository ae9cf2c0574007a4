import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { clusterTools, toolOfContext } from "./cluster-tools.ts";
import { loadIntoCluster } from "./load-into-cluster.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-tools-"));
  // Each argument on a line of its own: what is split or quoted wrongly shows.
  const recorder = `#!/bin/sh\nfor one in "\${0##*/}" "$@"; do echo "$one" >> "$RECORD"; done\necho loaded\n`;
  for (const { program } of clusterTools) {
    await writeFile(join(folder, program), recorder);
    await chmod(join(folder, program), 0o755);
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function load(context: string, archives: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const found = toolOfContext(context);
  if (found === undefined) throw new Error(`no tool for ${context}`);
  const record = join(folder, `record-${context}`);
  const told: string[] = [];
  const all = { PATH: `${folder}:/usr/bin:/bin`, RECORD: record, ...env };
  await loadIntoCluster(found, archives, {
    env: all,
    tell: (line) => told.push(line),
    signal: new AbortController().signal,
  });
  return { told, called: (await readFile(record, "utf8")).trimEnd().split("\n") };
}

it.each([
  ["kind-dev", ["kind", "load", "image-archive", "/a b/iotedged.tar", "--name=dev"]],
  ["kind---help", ["kind", "load", "image-archive", "/a b/iotedged.tar", "--name=--help"]],
  ["k3d-plant", ["k3d", "image", "import", "/a b/iotedged.tar", "--cluster=plant"]],
  ["minikube", ["minikube", "image", "load", "/a b/iotedged.tar", "--profile=minikube"]],
  ["k3s", ["k3s", "ctr", "images", "import", "/a b/iotedged.tar"]],
  ["microk8s", ["microk8s", "ctr", "image", "import", "/a b/iotedged.tar"]],
])("loads images into %s by the tool that it belongs to", async (context, call) => {
  const { called, told } = await load(context, ["/a b/iotedged.tar"]);
  expect(called).toEqual(call);
  expect(told.at(-1)).toBe("loaded");
});

it("loads one archive after the other", async () => {
  const { called } = await load("k3d-two", ["/1.tar", "/2.tar"]);
  expect(called.filter((word) => word.endsWith(".tar"))).toEqual(["/1.tar", "/2.tar"]);
});

it.each(["factory-3", "kind-", "my-kind-dev", "minikube-2", "default", "k3s-plant", "arn:aws:eks:x"])(
  "takes %s for a cluster that pulls images itself",
  (context) => expect(toolOfContext(context)).toBeUndefined(),
);

it("says which program is missing, and what else can be done", async () => {
  await expect(load("kind-dev", ["/1.tar"], { PATH: "/nowhere" })).rejects.toMatchObject({
    code: "EDGE_CLI_CLUSTER_TOOL_MISSING",
    message: expect.stringContaining("kind"),
    remedy: expect.stringContaining("--registry"),
  });
});

it("passes on what a tool says that fails", async () => {
  const failing = await mkdtemp(join(folder, "failing-"));
  await writeFile(join(failing, "minikube"), "#!/bin/sh\necho 'X Profile not found' >&2\nexit 85\n");
  await chmod(join(failing, "minikube"), 0o755);
  await expect(load("minikube", ["/1.tar"], { PATH: `${failing}:/bin` })).rejects.toMatchObject({
    code: "EDGE_CLI_IMAGE_NOT_LOADED",
    message: expect.stringMatching(/85.*X Profile not found/s),
  });
});

it("is what the documentation lists", async () => {
  const page = await readFile(new URL("../../docs/clusters.md", import.meta.url), "utf8");
  const row = (archive: string) => (tool: (typeof clusterTools)[number]) =>
    `\`${[tool.program, ...tool.load(archive, tool.context.source.includes("(.+)") ? "NAME" : tool.program)].join(" ")}\``;
  for (const line of clusterTools.map(row("FILE"))) expect(page).toContain(line);
});
