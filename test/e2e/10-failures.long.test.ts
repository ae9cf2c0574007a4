import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { startEdgectl } from "../support/edgectl-process.ts";
import { runProgram } from "../support/run-program.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectl, kubectlOk, reported } from "./cluster.ts";
import { modulesOf, readManifest, writeManifest } from "./deployment-manifest.ts";
import { type FailingModule, failingModules } from "./failures/failing-modules.ts";
import { type EmptyRegistry, startEmptyRegistry } from "./failures/registry.ts";
import { createStack, type Stack, smallResources } from "./stack.ts";

const name = "failing";
const namespace = "edge-f";
const project = fileURLToPath(new URL("../..", import.meta.url));
/** What is waited for is never this long: it tells a known end from one that was waited for. */
const timeout = "280";

let registry: EmptyRegistry;
let stack: Stack;

beforeAll(async () => {
  registry = await startEmptyRegistry();
  stack = await createStack(name, [installationWith({})]);
  await up();
});
afterAll(async () => {
  const down = await stack.run(["down", "--engine", "render"]);
  await stack.remove();
  await registry.close();
  expect(down.code, down.stderr).toBe(0);
});

function installationWith(modules: object, more: object = {}): object {
  const desired = { schemaVersion: "1.1", runtime: { type: "docker", settings: {} }, systemModules: {}, modules };
  const deployment = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
  const iotedged = { replicas: 1, ...smallResources.iotedged };
  return { namespace, createNamespace: true, ...smallResources, iotedged, deployment, ...more };
}

/** A module of the sample's image, unless it names its own. */
function moduleOf({ settings = {}, ...fields }: FailingModule["module"]): object {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the program fills it in
  const image = "${MODULES.sample}";
  return { type: "docker", status: "running", restartPolicy: "always", ...fields, settings: { image, ...settings } };
}

async function declare(installations: readonly object[]): Promise<void> {
  const config = { "iotedge:imagesFile": ".edge/images.json", "iotedge:installations": installations };
  await writeFile(join(stack.directory, "stacks", `Pulumi.${name}.yaml`), stringify({ config }));
}

/** What a look beforehand would find is to be found by waiting here. */
const up = (...more: readonly string[]) =>
  stack.run(["up", "--engine", "render", "--ignore-checks", "--timeout", timeout, ...more]);

/** The error that `up` ends with. */
async function failure(...more: readonly string[]) {
  const { code, stderr } = await up("--json", ...more);
  expect(code).toBe(1);
  const line = stderr.slice(stderr.indexOf('{"error"'));
  // biome-ignore lint/suspicious/noExplicitAny: what it prints is what is tested
  return (JSON.parse(line) as any).error;
}

describe("edgectl up ends as soon as the end is known, with cause and way out", () => {
  let made: readonly object[] = [];
  afterEach(async () => {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: made });
    if (made.length > 0) await kubectlOk(["delete", "-n", namespace, "-f", "-"], list);
    made = [];
  });

  const ids = failingModules("127.0.0.1:0").map(({ id }) => id);
  it.each(ids)("01 %s", async (id) => {
    const failing = failingModules(registry.address).find((one) => one.id === id) as FailingModule;
    made = failing.objects ?? [];
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: made });
    if (made.length > 0) await kubectlOk(["create", "-n", namespace, "-f", "-"], list);
    await declare([installationWith({ failing: moduleOf(failing.module) }, failing.installation)]);
    const error = await failure();
    expect(error).toMatchObject({ code: "EDGE_APPLY_FAILED" });
    expect(error.findings).toMatchObject([{ id, severity: "error", namespace, component: "failing" }]);
    expect(error.findings[0].message).toMatch(failing.says);
    expect(error.findings[0].fix).toMatch(failing.fix);
    expect(error.message).toContain(error.findings[0].message);
  });

  it("02 a manifest that EdgeAgent refuses, whole", async () => {
    await declare([installationWith({ waiting: moduleOf({ settings: { image: `${registry.address}/broken/x:1` } }) })]);
    const running = startEdgectl(["up", "--engine", "render", "--timeout", timeout, ...stack.args]);
    await running.saw(/Wait until everything runs/);
    const manifest = await readManifest(namespace);
    modulesOf(manifest).waiting.settings.createOptions = { User: "nginx" };
    modulesOf(manifest).other = { type: "docker", status: "sleeping" };
    await writeManifest(namespace, manifest);
    expect(await running.ended).toBe(1);
    const { stderr } = running.output;
    expect(stderr).toContain("error EDGE_APPLY_FAILED");
    expect(stderr).toMatch(/EdgeAgent has refused the manifest: .*createOptions\.User.*modules\.other\.status/);
    expect(stderr).toMatch(
      /fix: {2}Correct the manifest as it says, then deploy it again: npx edgectl (?:--project \S+ )?up --stack failing/,
    );
  });

  it("03 not while a registry is away, which may come back", async () => {
    await declare([installationWith({ failing: moduleOf({ settings: { image: `${registry.address}/broken/x:1` } }) })]);
    const error = await failure("--timeout", "25");
    expect(error).toMatchObject({ code: "EDGE_APPLY_NOT_READY" });
    expect(error.findings).toMatchObject([{ id: "image-pull" }]);
    expect(error.message).toMatch(/503 Service Unavailable/);
  });

  it("04 the same is told by status, EdgeAgent's report, and the command that is printed, as it stands", async () => {
    const failing = failingModules(registry.address).find(({ id }) => id === "program-exits") as FailingModule;
    await declare([installationWith({ failing: moduleOf(failing.module) })]);
    await failure();
    const status = await stack.run(["status"]);
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(failing.says);
    const command = /npx edgectl (?:--project \S+ )?logs .*/.exec(status.stdout)?.[0] ?? "";
    // Between two runs a node keeps the log of the last one alone, and the command says that the one before is gone.
    const log = await waitFor("the log", async () => {
      const { stdout, stderr } = await runProgram("sh", ["-c", command], { cwd: project });
      expect(stderr).not.toContain("EDGE_CLI_USAGE");
      return stdout === "" ? undefined : stdout;
    });
    expect(log).toBe("begins\ncannot open /dev/ttyUSB0\n");
    expect((await reported(namespace)).modules.failing).toMatchObject({
      runtimeStatus: "backoff",
      statusDescription: "Module in Back-off reason: CrashLoopBackOff: exit code 3",
    });
  });

  it("05 a failure of before the deployment is none of it, until it occurs anew", async () => {
    const missing = failingModules(registry.address).find(({ id }) => id === "secret-missing") as FailingModule;
    const installation = installationWith({
      failing: moduleOf({ ...missing.module, settings: { createOptions: { Cmd: ["consumer"] } } }),
    });
    await declare([installation]);
    expect(await failure()).toMatchObject({ code: "EDGE_APPLY_FAILED" });
    await kubectlOk(["create", "secret", "generic", "plc", "-n", namespace, "--from-literal=password=x"]);
    const healed = await up();
    await kubectl(["delete", "secret", "plc", "-n", namespace]);
    expect(healed.code, healed.stderr).toBe(0);
  });
});

describe("edgectl status warns", () => {
  beforeAll(async () => {
    await declare([installationWith({})]);
    const healed = await up();
    expect(healed.code, healed.stderr).toBe(0);
  });

  it("06 of a manifest that was changed by hand, and names by whom and where", async () => {
    const manifest = await readManifest(namespace);
    modulesOf(manifest).extra = { ...moduleOf({}), status: "stopped", settings: { image: "registry.example.com/x:1" } };
    await writeManifest(namespace, manifest);
    const { stdout } = await stack.run(["status"]);
    expect(stdout).toMatch(
      /edge-f: ConfigMap edgeagent-deployment is not what the stack declares: it was changed by hand/,
    );
    expect(stdout).toMatch(/seen: it differs in modules\.extra, last written by kubectl-patch/);
    await up();
    expect((await stack.run(["status"])).stdout).not.toContain("edgeagent-deployment is not");
  });

  it("07 of two installations with one device id", async () => {
    const own = (await items("configmaps", ["-n", "edge-a"])).find(
      ({ metadata }) => metadata.name === "iotedged-config",
    );
    const { deviceId } = JSON.parse(own?.data["config.json"]);
    await declare([installationWith({}, { deviceId })]);
    const { code, stdout } = await up();
    expect(code).toBe(0);
    expect(stdout).toMatch(/edge-f: device id edge-a at \S+ is that of the installation in edge-a, too/);
  });
});
