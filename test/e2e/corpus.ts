import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import { moduleObjectName, systemModuleIds } from "#contract";
import { installation } from "../fakes/edge-installation.ts";
import type { KubernetesItem } from "./cluster.ts";
import { type Manifest, modulesOf, systemModulesOf } from "./deployment-manifest.ts";

const fixtures = new URL("../../runtime/edge-agent/fixtures/", import.meta.url);
const workloadKinds = ["Deployment", "Job"];

/** A manifest of the corpus, with what EdgeAgent is to make of it. */
export interface Sample {
  readonly name: string;
  readonly manifest: Manifest;
  /** Modules and, under its id, the hub. */
  readonly modules: Readonly<Record<string, Manifest>>;
  /** What its installation lets modules have, as `edgeAgent` of the config; undefined when nothing more than usual. */
  readonly settings: Settings | undefined;
  /** Deployments and Jobs of its golden file; undefined when the manifest is refused. */
  readonly workloads: readonly KubernetesItem[] | undefined;
}

export interface Settings {
  readonly registryCredentials?: boolean;
}

/** All manifests of the corpus. */
export function readCorpus(): readonly Sample[] {
  return readdirSync(new URL("manifests/", fixtures))
    .sort()
    .map((file) => {
      const name = basename(file, ".json");
      const document = JSON.parse(readFileSync(new URL(`manifests/${file}`, fixtures), "utf8"));
      const own = new URL(`settings/${file}`, fixtures);
      const settings: Settings | undefined = existsSync(own) ? JSON.parse(readFileSync(own, "utf8")) : undefined;
      const manifest = document.content ?? document;
      const golden = parse(readFileSync(new URL(`golden/${name}.yaml`, fixtures), "utf8"));
      const hub = systemModulesOf(manifest).edgeHub;
      const modules = { ...modulesOf(manifest), ...(hub && { [systemModuleIds.edgeHub]: hub }) };
      const workloads = golden.objects?.filter(({ kind }: KubernetesItem) => workloadKinds.includes(kind));
      return { name, manifest, modules, settings, workloads };
    });
}

/** Manifests whose modules can run side by side: where two have a module of the same id, it is the same. */
export interface Batch {
  readonly samples: readonly Sample[];
  readonly modules: Readonly<Record<string, Manifest>>;
}

/** Puts samples into as few batches as it takes when each goes into the first that it fits. */
export function batchesOf(samples: readonly Sample[]): readonly Batch[] {
  const batches: { samples: Sample[]; modules: Record<string, Manifest> }[] = [];
  for (const sample of samples) {
    const fits = batches.find(({ modules }) =>
      Object.entries(sample.modules).every(
        ([id, module]) => modules[id] === undefined || JSON.stringify(modules[id]) === JSON.stringify(module),
      ),
    );
    const batch = fits ?? { samples: [], modules: {} };
    if (fits === undefined) batches.push(batch);
    batch.samples.push(sample);
    Object.assign(batch.modules, sample.modules);
  }
  return batches;
}

/** CPU that the cluster's one node may not have; in thousandths. */
const muchCpu = 500;
const lessOf = (milli: number) => (milli >= muchCpu ? milli / 10 : milli);

/** A module's text with a tenth of the CPU where it asks for much: the cluster has one node, and a small one. */
function withLessCpu(module: Manifest): Manifest {
  const text = JSON.stringify(module)
    .replace(/(NanoCpus\\*":)(\d+)/g, (_, key, nanos) => `${key}${lessOf(nanos / 1e6) * 1e6}`)
    .replace(/(cpu\\*":\\*")(\d+)m/g, (_, key, milli) => `${key}${lessOf(Number(milli))}m`);
  return JSON.parse(text);
}

/** The manifest of a batch, in which every module is run from another image. */
export function manifestOf({ samples, modules }: Batch, image: string): Manifest {
  const manifest = structuredClone(samples[0]?.manifest);
  const local = Object.fromEntries(
    Object.entries(modules).map(([id, module]) => [
      id,
      withLessCpu({ ...module, settings: { ...module.settings, image } }),
    ]),
  );
  const { [systemModuleIds.edgeHub]: edgeHub, ...others } = local;
  manifest.modulesContent.$edgeAgent["properties.desired"].modules = others;
  systemModulesOf(manifest).edgeHub = edgeHub;
  // Of registries that nobody asks here, and that the installation may not know credentials of.
  if (!samples.some(({ settings }) => settings?.registryCredentials))
    delete manifest.modulesContent.$edgeAgent["properties.desired"].runtime?.settings?.registryCredentials;
  return manifest;
}

/** Values of the golden files, by what stands in their place in a cluster. */
export function inCluster(
  workload: KubernetesItem,
  place: { namespace: string; image: string; generationOf: (objectName: string) => string },
): object {
  const { identity } = installation;
  const { name, namespace } = identity.installation;
  const own = place.namespace;
  const values = new Map([
    [namespace, own],
    [name, own],
    [identity.deviceId, own],
    [identity.hubHostname, "standalone.iotedge.internal"],
    [identity.gatewayHostname, "edgehub"],
    [`iotedge:${namespace}/${name}`, `iotedge:${own}/${own}`],
    ["generation-1", place.generationOf(workload.metadata.name)],
  ]);
  const text = JSON.stringify(workload, (_, value) => values.get(value) ?? value);
  const { metadata, spec } = JSON.parse(text);
  const pod = spec.template.spec;
  // What depends on the installation's own settings, and on nothing that the manifest says.
  delete pod.imagePullSecrets;
  delete pod.initContainers;
  for (const key of ["desired-hash", "config-hash"]) delete metadata.annotations[`iotedge.dev/${key}`];
  delete metadata.ownerReferences;
  for (const container of pod.containers) {
    container.image = place.image;
    for (const amounts of Object.values<Record<string, string>>(container.resources ?? {}))
      if (amounts.cpu !== undefined) amounts.cpu = `${lessOf(Number.parseInt(amounts.cpu, 10))}m`;
    container.env = container.env.filter(isOfManifest(pod));
  }
  return { metadata, spec };
}

/** Whether a variable is the same in every installation: on the node's network, each has ports of its own for its proxies. */
function isOfManifest({ hostNetwork }: { readonly hostNetwork?: boolean }): (variable: { name: string }) => boolean {
  const others = ["RuntimeLogLevel", ...(hostNetwork ? ["IOTEDGE_WORKLOADURI"] : [])];
  return ({ name }) => !others.includes(name);
}

/** Environment variables of a workload without those that {@link inCluster} leaves out. */
export function comparable(workload: KubernetesItem): object {
  const copy = structuredClone(workload);
  const pod = copy.spec.template.spec;
  for (const container of pod.containers) container.env = container.env.filter(isOfManifest(pod));
  return copy;
}

/** Names of the objects of a batch's modules. */
export const objectNamesOf = ({ modules }: Batch) => Object.keys(modules).map(moduleObjectName);
