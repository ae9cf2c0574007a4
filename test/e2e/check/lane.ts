import { mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import { inject } from "vitest";
import { checkInstallations } from "../../../infra/check/installations.ts";
import type { CheckResult } from "../../../infra/check/model/check.ts";
import { openReader } from "../../../infra/check/observe/cluster-reader.ts";
import { declareStack } from "../../../infra/check/observe/stack-facts.ts";
import { hintsFor } from "../../../infra/deploy/hints.ts";
import { connect } from "../../../infra/kubernetes/cluster.ts";
import type { LiveObject, ObjectToApply } from "../../../infra/kubernetes/kubernetes-types.ts";
import type { Ground } from "../../support/broken-installation/index.ts";
import { patchIn } from "../../support/merge-patch.ts";
import { type Outcome, runProgram } from "../../support/run-program.ts";
import { waitFor } from "../../support/wait-for.ts";
import { createStack, type Stack, smallResources } from "../stack.ts";

const program = fileURLToPath(new URL("../../../infra/edgectl/bin/edgectl.mjs", import.meta.url));

/** A small installation of real pods, by a stack of its own, in which one thing after the other is broken. */
export interface Lane extends Ground {
  readonly stack: Stack;
  /** All that is said of it, as `edgectl check --stack` says it. */
  check(options?: { readonly now?: () => number }): Promise<readonly CheckResult[]>;
  /** What is wrong, or to be looked at. */
  findings(): Promise<readonly CheckResult[]>;
  /** Waits until there is nothing to say of it. */
  healthy(seconds?: number): Promise<void>;
  up(): Promise<void>;
  /** Runs a command as it was printed, in a shell. */
  run(command: string): Promise<Outcome>;
  remove(): Promise<void>;
}

/** The module that every lane has. */
export const sensor = moduleOf({ createOptions: { Cmd: ["sensor"] } });

/** A module of the sample's image, unless its settings name another. */
export function moduleOf(settings: object, more: object = {}): object {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the program fills it in
  const image = "${MODULES.sample}";
  return { type: "docker", status: "running", restartPolicy: "always", ...more, settings: { image, ...settings } };
}

export function deploymentOf(modules: object): object {
  const desired = { schemaVersion: "1.1", runtime: { type: "docker", settings: {} }, systemModules: {}, modules };
  return { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
}

/** @param name of the namespace and of the stack */
function installationOf(name: string, more: object): object {
  return {
    ...{ namespace: name, createNamespace: true, tokenReview: "delegator", ...smallResources },
    iotedged: {
      replicas: 1,
      resources: { ...smallResources.iotedged.resources, limits: { memory: "256Mi" } },
    },
    // The local cluster's DNS pod listens on 10053.
    networkPolicy: { dnsPorts: [53, 10053] },
    deployment: deploymentOf({ sensor }),
    ...more,
  };
}

/** `npx edgectl` in the stack's project is the checkout's, as it is the package's in a project of a user. */
async function linkEdgectl(project: string): Promise<void> {
  const programs = join(project, "node_modules/.bin");
  await mkdir(programs, { recursive: true });
  await symlink(program, join(programs, "edgectl"));
}

/**
 * Deploys an installation.
 *
 * @param name of its namespace and of its stack
 * @param more fields of the installation
 */
export async function startLane(name: string, more: object = {}): Promise<Lane> {
  const kubeconfig = inject("kubeconfig");
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const target = { context: config.getCurrentContext(), kubeconfig };
  const stack = await createStack(name, [installationOf(name, more)]);
  const cluster = await connect(target);
  const hints = hintsFor({ kind: "named", ...target }, name);
  await linkEdgectl(stack.directory);
  const environment = { PATH: `${dirname(inject("kubectl"))}:${process.env.PATH}` };
  const declared = await declareStack(stack.directory, name);
  const { signal } = new AbortController();

  const get = async (apiVersion: string, kind: string, object: string): Promise<LiveObject> => {
    const found = await cluster.get({ apiVersion, kind, name: object, namespace: name });
    if (found === undefined) throw new Error(`there is no ${kind} ${object}`);
    return found;
  };
  // As each call of the command has one of its own: what one reader may ask is bounded.
  const check: Lane["check"] = async ({ now = Date.now } = {}) =>
    checkInstallations(await openReader(target), { namespace: name, stack: declared, hints, now, signal });
  const findings = async () => (await check()).filter(({ severity }) => severity !== "ok");
  async function up() {
    const { code, stderr } = await stack.run(["up", "--engine", "render"]);
    if (code !== 0) throw new Error(`up of ${name} ended with ${code}: ${stderr}`);
  }
  async function remove() {
    await stack.run(["down", "--engine", "render"]);
    await stack.remove();
  }
  await up();
  return {
    ...{ namespace: name, cluster, stack, get, check, findings, up, remove },
    apply: (object) => cluster.apply(object as ObjectToApply),
    patch: (path, body) => patchIn(target, path, body),
    configMap: async (map, key) => (await get("v1", "ConfigMap", map)).data[key],
    healthy: async (seconds = 120) => {
      await waitFor(
        `nothing to say of ${name}`,
        async () => {
          const bad = await findings();
          if (bad.length > 0) throw new Error(JSON.stringify(bad, null, 2));
          return true;
        },
        seconds,
      );
    },
    run: (command) => runProgram("sh", ["-c", command], { cwd: stack.directory, env: environment }),
  };
}
