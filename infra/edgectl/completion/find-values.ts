import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { isJsonObject } from "#base";
import type { FindValues, ValueKind } from "./candidates.ts";

/** A shell waits for it with every key. */
const patience = 1500;
const maxFileBytes = 1_000_000;

/** Values from the project's files, the kubeconfig, and the cluster as far as it answers at once. Never fails. */
export function createFinder(projectDirectory: string, env: NodeJS.ProcessEnv): FindValues {
  return async (kind, given) => {
    const own = await fromFiles(kind, projectDirectory, env).catch(() => []);
    const isOfCluster = kind === "namespace" || kind === "module";
    const live = isOfCluster ? await atOnce(fromCluster(kind, projectDirectory, given)) : [];
    return [...new Set([...own, ...live])].sort();
  };
}

async function fromFiles(kind: ValueKind, directory: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  if (kind === "context") return (await Promise.all(kubeconfigsOf(env).map(contextsIn))).flat();
  if (kind === "module") return [];
  const files = await readdir(join(directory, "stacks"));
  const stacks = files.flatMap((file) => /^Pulumi\.([\w.-]+)\.yaml$/.exec(file)?.[1] ?? []);
  if (kind === "stack") return stacks;
  return (
    await Promise.all(stacks.map((stack) => namespacesIn(join(directory, "stacks", `Pulumi.${stack}.yaml`))))
  ).flat();
}

async function namespacesIn(file: string): Promise<readonly string[]> {
  const { config } = await readYaml(file);
  const found = isJsonObject(config) ? config["iotedge:installations"] : undefined;
  return namesIn(found, "namespace");
}

function kubeconfigsOf({ KUBECONFIG }: NodeJS.ProcessEnv): readonly string[] {
  return KUBECONFIG ? KUBECONFIG.split(delimiter).filter((file) => file !== "") : [join(homedir(), ".kube/config")];
}

async function contextsIn(file: string): Promise<readonly string[]> {
  return namesIn((await readYaml(file)).contexts, "name");
}

async function readYaml(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, "utf8").catch(() => "");
  if (text.length > maxFileBytes) return {};
  const { parse } = await import("yaml");
  try {
    const value: unknown = parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function namesIn(list: unknown, key: string): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item) => (isJsonObject(item) && typeof item[key] === "string" ? [item[key]] : []));
}

async function fromCluster(kind: ValueKind, directory: string, given: ReadonlyMap<string, string>) {
  const { findInstallations, hintsFor, readInstallations, resolveTarget } = await import("../../deploy/index.ts");
  const { connect } = await import("../../kubernetes/index.ts");
  const [stack, context, kubeconfig] = ["--stack", "--context", "--kubeconfig"].map((name) => given.get(name));
  const target = await resolveTarget(directory, { stack, context, kubeconfig });
  const cluster = await connect(target);
  if (kind === "namespace") return findInstallations(cluster);
  const namespace = given.get("--namespace");
  const states = await readInstallations(
    cluster,
    namespace === undefined ? undefined : [namespace],
    hintsFor(target, stack),
  );
  return states.flatMap(({ components }) =>
    components.flatMap((one) => (one.component === "module" ? [one.name] : [])),
  );
}

async function atOnce(asked: Promise<readonly string[]>): Promise<readonly string[]> {
  const late = new Promise<readonly string[]>((resolve) => setTimeout(() => resolve([]), patience).unref());
  return Promise.race([asked.catch(() => []), late]);
}
