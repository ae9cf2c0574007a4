/**
 * Seconds from the start of `edgectl up` to its end with the cause, of modules that cannot run for ten reasons.
 *
 * Each is deployed into the local cluster, which has to run (`npm start`), over an installation that runs. What a look
 * beforehand would find is left to be found by waiting.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { ObjectToApply } from "../../infra/kubernetes/kubernetes-types.ts";
import { clusterStatus } from "../../infra/local-cluster/index.ts";
import { type FailingModule, failingModules } from "../e2e/failures/failing-modules.ts";
import { startEmptyRegistry } from "../e2e/failures/registry.ts";
import { edgectl } from "../support/edgectl.ts";

const limitSeconds = 20;
/** Far above the limit: what ends by it has not ended by its cause. */
const timeout = "90";
const all: readonly string[] = [
  ...["image-not-found", "image-unauthorized", "pull-secret-missing", "image-not-on-node", "secret-missing"],
  ...["claim-missing", "quota-exceeded", "pod-refused", "no-node-matches", "no-such-program"],
];
/** `--only image-not-found,claim-missing` measures these alone. */
const { values: options } = parseArgs({
  options: { only: { type: "string" }, json: { type: "boolean", default: false } },
});
const measured = options.only?.split(",") ?? all;
const [stack, namespace] = ["failing", "edge-f"];
const program = join(import.meta.dirname, "../../infra/index.ts");
const imagesFile = join(import.meta.dirname, "../../.edge/images.json");

const { cluster: local } = await clusterStatus();
if (local === undefined) throw new Error("no local cluster runs: npm start");
const where = ["--stack", stack, "--context", local.context, "--kubeconfig", local.kubeconfig, "--engine", "render"];
const cluster = await connect(local);
const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
const registry = await startEmptyRegistry();
const loadAtStart = loadavg()[0] ?? Number.NaN;
try {
  await mkdir(join(directory, "stacks"));
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(directory, "Pulumi.yaml"), stringify(project));
  await declare({});
  const results = [];
  for (const failing of failingModules(registry.address).filter(({ id }) => measured.includes(id))) {
    await heal();
    results.push(await measure(failing));
  }
  const passed =
    results.length === measured.length &&
    results.every(({ id, seen, seconds }) => id === seen && seconds <= limitSeconds);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ loadAtStart, limitSeconds, results, passed }, null, 2)}\n`
      : results
          .map(
            ({ id, seen, seconds }) =>
              `${id.padEnd(20)} ${seconds.toFixed(1)} s (limit ${limitSeconds} s)${id === seen ? "" : `, told as ${seen}`}\n`,
          )
          .join(""),
  );
  if (!passed) process.exitCode = 1;
} finally {
  await edgectl(["down", ...where], { cwd: directory });
  await registry.close();
  await rm(directory, { recursive: true, force: true });
}
process.exit();

function declare(modules: object, more: object = {}): Promise<void> {
  const desired = { schemaVersion: "1.1", runtime: { type: "docker", settings: {} }, systemModules: {}, modules };
  const deployment = { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
  const iotedged = { replicas: 1, resources: { requests: { cpu: "10m", memory: "64Mi" } } };
  const proxy = { resources: { requests: { cpu: "1m", memory: "8Mi" } } };
  const installations = [{ namespace, createNamespace: true, iotedged, proxy, deployment, ...more }];
  const config = { "iotedge:imagesFile": imagesFile, "iotedge:installations": installations };
  return writeFile(join(directory, "stacks", `Pulumi.${stack}.yaml`), stringify({ config }));
}

function up() {
  return edgectl(["up", ...where, "--ignore-checks", "--timeout", timeout, "--json"], { cwd: directory });
}

/** Of what one case has left, as quotas that are still counted, another would be told. */
async function heal(): Promise<void> {
  await declare({});
  const healthy = await up();
  if (healthy.code !== 0) throw new Error(healthy.stderr);
}

async function measure({ id, module: { settings = {}, ...fields }, installation, objects = [] }: FailingModule) {
  const made = [];
  for (const object of objects as readonly ObjectToApply[])
    made.push(await cluster.apply({ ...object, metadata: { ...object.metadata, namespace } }));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the program fills it in
  const image = "${MODULES.sample}";
  const failing = {
    type: "docker",
    status: "running",
    restartPolicy: "always",
    // A module that is not changed is not tried anew at once.
    env: { FAILURE: { value: id } },
    ...fields,
    settings: { image, ...settings },
  };
  await declare({ failing }, installation);
  const begin = performance.now();
  const { stderr } = await up();
  const seconds = (performance.now() - begin) / 1000;
  for (const object of made) await cluster.delete(object, "Background");
  const { error } = JSON.parse(stderr.slice(stderr.indexOf('{"error"')));
  const seen: string = error.code === "EDGE_APPLY_FAILED" ? error.findings[0].id : error.code;
  process.stderr.write(`${id}: ${seconds.toFixed(1)} s\n`);
  return { id, seen, seconds };
}
