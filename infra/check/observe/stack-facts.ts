import { join } from "node:path";
import { EdgeError, mapConcurrently } from "#base";
import { defaultImagesFile, objectNames } from "#contract";
import {
  deployerOf,
  isGitOps,
  isMember,
  type ParentRef,
  parentOf,
  recordNamespaceOf,
  rolloutLeaseOf,
} from "../../deploy/index.ts";
import { checkResponse, type LiveObject, type ObjectToApply } from "../../kubernetes/index.ts";
import { type KubernetesObject, loadProject, readStackImages, renderStack } from "../../render/index.ts";
import { type DeclaredInstallation, declaredInstallations } from "../before/declared-installation.ts";
import type { NamespaceSeen, StackSeen } from "../before/observations.ts";
import { known, type Observed, unknown } from "../model/observed.ts";
import { reviewRights } from "../rights/review-rights.ts";
import type { ClusterReader } from "./cluster-reader.ts";
import { observe } from "./observe.ts";

/** What a stack declares, before anything of the cluster is seen. */
export interface DeclaredStack {
  readonly name: string;
  /** The record of what the stack has deployed. */
  readonly record: ParentRef;
  readonly objects: Observed<readonly KubernetesObject[]>;
  readonly refusal: StackSeen["refusal"];
  readonly warnings: readonly string[];
  readonly builtFor: string | undefined;
}

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "arm" };

/** Runs the program of a stack; what it refuses is an answer, too. */
export async function declareStack(projectDirectory: string, stack: string): Promise<DeclaredStack> {
  const warnings: string[] = [];
  const log = (severity: string, message: string) => void (severity === "warning" && warnings.push(message));
  try {
    const { objects } = await renderStack({ projectDirectory, stack, preview: true, keptState: false, log });
    const shown = objects.map(({ object }) => object);
    return await declaredStack(projectDirectory, stack, shown, warnings);
  } catch (error) {
    if (!(error instanceof EdgeError)) throw error;
    const { code, message, remedy } = error;
    const objects = unknown("the program refuses the stack", "See what `stack-valid` says.");
    const refusal = { code, message, remedy };
    return { name: stack, warnings, record: parentOf(stack), objects, refusal, builtFor: undefined };
  }
}

/**
 * A stack that was rendered already.
 *
 * @param warnings what the program has warned of, where that was not told yet
 */
export async function declaredStack(
  projectDirectory: string,
  name: string,
  objects: readonly KubernetesObject[],
  warnings: readonly string[] = [],
): Promise<DeclaredStack> {
  const record = parentOf(name, await recordNamespaceOf(projectDirectory, name));
  const { file } = await readStackImages(await loadProject(projectDirectory, name));
  // Whoever keeps images where they are built by default has built them on this machine.
  const builtFor = file === join(defaultImagesFile) ? architectures[process.arch] : undefined;
  return { name, warnings, record, objects: known(objects), refusal: undefined, builtFor };
}

/** What is looked at beside the namespaces, the storage classes and who has the stack locked. */
export interface StackScope {
  /** What the credentials may do: many requests. */
  readonly rights: boolean;
  /** What is there already: one request for each object, and one for each trust bundle. */
  readonly live: boolean;
}

const all: StackScope = { rights: true, live: true };
const notAsked = unknown("it was not asked for");

/** What the cluster makes of a stack. */
export async function observeStack(
  reader: ClusterReader,
  declared: DeclaredStack,
  signal: AbortSignal,
  scope: StackScope = all,
): Promise<StackSeen> {
  const objects = declared.objects.known ? (declared.objects.value as readonly ObjectToApply[]) : [];
  const installations = declared.objects.known ? declaredInstallations(declared.objects.value) : [];
  const { record } = declared;
  const see = <T>(read: () => Promise<T>) =>
    declared.objects.known ? observe(read, signal) : Promise.resolve<Observed<T>>(declared.objects);
  const unservedKinds = await see(() => readUnserved(reader, objects));
  const served = objects.filter(
    ({ apiVersion, kind }) => !unservedKinds.known || !unservedKinds.value.includes(`${kind} of ${apiVersion}`),
  );
  const { cluster } = reader;
  const [rights, foreign, certificates, lock, storageClasses, namespaces] = await Promise.all([
    scope.rights
      ? see(async () => {
          await probeReview(reader);
          return reviewRights(reader, record.namespace, served);
        })
      : notAsked,
    scope.live ? see(() => readForeign(reader, record, served)) : notAsked,
    scope.live ? see(() => readBundles(reader, installations)) : notAsked,
    see(() =>
      cluster.get({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", ...rolloutLeaseOf(parentOf(declared.name)) }),
    ),
    see(() => cluster.list({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" })),
    mapConcurrently(installations, (one) => observeNamespace(reader, one, signal)),
  ]);
  return { ...declared, unservedKinds, rights, foreign, certificates, lock, storageClasses, namespaces };
}

async function readUnserved(
  { discovery }: ClusterReader,
  objects: readonly ObjectToApply[],
): Promise<readonly string[]> {
  const kinds = new Map(objects.map(({ apiVersion, kind }) => [`${kind} of ${apiVersion}`, { apiVersion, kind }]));
  const served = await mapConcurrently([...kinds], async ([name, { apiVersion, kind }]) =>
    (await discovery.resourcesOf(apiVersion)).has(kind) ? [] : [name],
  );
  return served.flat();
}

/** Reviews of one's own rights are for everybody; where they are not, no answer means no. */
async function probeReview({ send, cluster }: ClusterReader): Promise<void> {
  const resourceAttributes = { verb: "get", group: "", resource: "configmaps", namespace: "default" };
  const response = await send({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
  });
  checkResponse(cluster, response, "create", "SelfSubjectAccessReview");
}

/** Objects that are there and belong neither to the stack nor to Pulumi, which keeps what it has in a state of its own. */
async function readForeign(reader: ClusterReader, record: ParentRef, objects: readonly ObjectToApply[]) {
  const own = objects.filter(({ kind }) => kind !== "Namespace");
  const found = await mapConcurrently(own, async ({ apiVersion, kind, metadata }) => {
    const { name, namespace } = metadata;
    const live: (LiveObject & { metadata: { managedFields?: readonly { manager?: string }[] } }) | undefined =
      await reader.cluster.getMetadata({ apiVersion, kind, name, namespace });
    if (live === undefined || isMember(live, record)) return [];
    const isOfPulumi = (live.metadata.managedFields ?? []).some(({ manager = "" }) => manager.startsWith("pulumi"));
    if (isOfPulumi) return [];
    const place = namespace === undefined ? "" : `${namespace}/`;
    return [{ name: `${kind} ${place}${name}`, isGitOps: isGitOps(deployerOf(live)) }];
  });
  return found.flat();
}

async function readBundles({ cluster }: ClusterReader, installations: readonly DeclaredInstallation[]) {
  const bundles = await mapConcurrently(installations, ({ namespace }) =>
    cluster.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: objectNames.trustBundle }),
  );
  return bundles.filter((bundle) => bundle !== undefined);
}

async function observeNamespace(
  reader: ClusterReader,
  { namespace, settings }: DeclaredInstallation,
  signal: AbortSignal,
): Promise<NamespaceSeen> {
  const { cluster } = reader;
  const see = <T>(read: () => Promise<T>) => observe(read, signal);
  const list = (kind: string) => see(() => cluster.list({ apiVersion: "v1", kind }, { namespace }));
  const [object, quotas, limits, pullSecrets, scc, deployed] = await Promise.all([
    see(() => cluster.get({ apiVersion: "v1", kind: "Namespace", name: namespace })),
    list("ResourceQuota"),
    list("LimitRange"),
    see(() =>
      mapConcurrently(settings?.imagePullSecrets ?? [], async (name) => ({
        name,
        exists: (await cluster.getMetadata({ apiVersion: "v1", kind: "Secret", namespace, name })) !== undefined,
      })),
    ),
    see(() => mayUseScc(reader, namespace)),
    see(async () => {
      const all = await cluster.list({ apiVersion: "apps/v1", kind: "Deployment" }, { namespace });
      return all.some(({ metadata }) => metadata.name === objectNames.iotedged);
    }),
  ]);
  return { name: namespace, object, quotas, limits, pullSecrets, scc, deployed };
}

const sccGroup = "security.openshift.io";

async function mayUseScc({ send, cluster }: ClusterReader, namespace: string): Promise<boolean | undefined> {
  const group = await send({ method: "GET", path: `/apis/${sccGroup}` });
  if (group.status === 404) return undefined;
  checkResponse(cluster, group, "discovery", sccGroup);
  const response = await send({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    body: {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: `system:serviceaccount:${namespace}:${objectNames.iotedged}`,
        groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
        resourceAttributes: {
          verb: "use",
          group: sccGroup,
          resource: "securitycontextconstraints",
          name: "nonroot-v2",
          namespace,
        },
      },
    },
  });
  checkResponse(cluster, response, "create", "SubjectAccessReview");
  return response.body?.status?.allowed === true;
}
