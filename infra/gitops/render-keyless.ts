import { objectNames, registriesSecret } from "#contract";
import {
  describeObject,
  type KubernetesObject,
  type RenderedObject,
  type RenderOptions,
  renderStack,
  toManifest,
} from "../render/index.ts";
import { gitopsErrors } from "./errors.ts";

export type KeylessOptions = Pick<RenderOptions, "projectDirectory" | "stack" | "log" | "stackTraces"> & {
  /** Only what is cluster-scoped, whoever makes it: for the administrator. */
  readonly clusterObjects?: boolean;
};

/**
 * Renders a stack from nothing but its files: no key is read or made, so that every machine gets the same objects, and what
 * is in them may be read by everyone.
 *
 * @returns in the order of installation
 * @throws EDGE_GITOPS_KEYS, EDGE_GITOPS_SECRETS, and what {@link renderStack} throws
 */
export async function renderKeyless(options: KeylessOptions): Promise<readonly KubernetesObject[]> {
  const { stack, clusterObjects = false, log, ...rest } = options;
  const telling = log === undefined ? {} : { log };
  // Whoever only looks needs no password, so that Secrets are refused as such, and not for what they lack.
  const looked = await renderStack({
    ...rest,
    stack,
    preview: true,
    keptState: false,
    ...(clusterObjects ? { overrides: { "iotedge:clusterObjects": "managed" }, ...telling } : {}),
  });
  const wanted = clusterObjects ? looked.objects.filter(isClusterScoped) : looked.objects;
  refuseSecrets(stack, wanted);
  if (clusterObjects) return wanted.map((object) => toManifest(object));
  const { objects, made } = await renderStack({ ...rest, stack, ...telling, keptState: false });
  const keys = made.filter((urn) => urn.includes("tls:index/privateKey:PrivateKey::")).map(nameOf);
  if (keys.length > 0) throw tooManyKeys(stack, keys);
  return objects.map((object) => toManifest(object));
}

function isClusterScoped({ object }: RenderedObject): boolean {
  return object.metadata.namespace === undefined;
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** What makes a Secret needless, by the names that an installation gives to its own. */
const replacements: ReadonlyMap<string, string> = new Map([
  [objectNames.identity, "`identity.existingSecret` of the installation"],
  [
    objectNames.workloadCa,
    "`trust.workloadCa.existingSecret` or `trust.workloadCa.certManager` of the installation, with `trust.roots: []` and the CA above it in `trust.trustedCas`",
  ],
  [registriesSecret, "`imagePullSecrets` of the installation instead of `iotedge:registries`"],
]);
const keysOfInstallation: ReadonlySet<string> = new Set([objectNames.identity, objectNames.workloadCa]);
const ownSecret = "take the Secret out of the program, and make it in the cluster";
const publicValue = "take the value out of the program, or wrap it in pulumi.unsecret if it is public after all";

function refuseSecrets(stack: string, objects: readonly RenderedObject[]): void {
  const found = objects.filter(({ object, secrets }) => object.kind === "Secret" || secrets.length > 0);
  if (found.length === 0) return;
  const described = found.map(({ object }) => describeObject(object)).sort();
  const options = [
    ...new Set(
      found.map(({ object }) =>
        object.kind === "Secret" ? (replacements.get(object.metadata.name) ?? ownSecret) : publicValue,
      ),
    ),
  ];
  const isOfKeys = found.every(({ object }) => keysOfInstallation.has(object.metadata.name));
  const listed = options.join("; ");
  if (isOfKeys) throw gitopsErrors.EDGE_GITOPS_KEYS({ stack, keys: described.join(", "), options: listed });
  throw gitopsErrors.EDGE_GITOPS_SECRETS({ stack, secrets: described.join(", "), options: listed });
}

/** Keys of which no Secret is made: those of root CAs that no longer sign, and those of the program's own. */
function tooManyKeys(stack: string, keys: readonly string[]): Error {
  const options =
    "`trust.roots: []` of the installation, with the certificates of roots that still count in `trust.trustedCas`; take other keys out of the program";
  return gitopsErrors.EDGE_GITOPS_KEYS({ stack, keys: keys.toSorted().join(", "), options });
}
