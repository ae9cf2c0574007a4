import { createHash } from "node:crypto";
import { canonicalJson } from "#base";
import { objectNames } from "#contract";
import type { ObjectToApply } from "../../kubernetes/index.ts";
import { rolloutErrors } from "../errors.ts";
import type { Revision } from "../model/index.ts";
import type { SealedStore } from "./sealed-store.ts";

/** An object to deploy, and which of its values must not be shown. */
export interface DesiredObject {
  readonly object: ObjectToApply;
  readonly secrets: readonly (readonly (string | number)[])[];
}

/** What a stack had in a cluster before a run changed it, so that it can be brought back. */
export interface CapturedState {
  readonly version: 1;
  readonly stack: string;
  /** Whether the stack had been deployed there at all. */
  readonly deployed: boolean;
  /** What edgectl had applied, in the order of installation. */
  readonly objects: readonly ObjectToApply[];
}

/** What a run keeps of its clusters beside the journal. All of it holds Secrets, so all of it is sealed. */
export interface Artifacts {
  saveDesired(cluster: string, objects: readonly DesiredObject[]): Promise<void>;
  readDesired(cluster: string): Promise<readonly DesiredObject[]>;
  saveCapture(cluster: string, state: CapturedState): Promise<Revision>;
  readCapture(revision: Revision): Promise<CapturedState>;
}

/** For plans: what would be deployed is looked at, and forgotten. */
export const nothingKept = {
  saveDesired: async () => {},
  readDesired: async () => [],
  saveCapture: async () => ({ file: "", digest: "" }),
  readCapture: async ({ file }) => {
    throw rolloutErrors.EDGE_ROLLOUT_ARTIFACT({ file, problem: "a plan keeps nothing" });
  },
} satisfies Artifacts;

export function createArtifacts(store: SealedStore): Artifacts {
  return {
    saveDesired: async (cluster, objects) => void (await store.write(`desired/${cluster}`, objects)),
    readDesired: async (cluster) => (await store.read(`desired/${cluster}.sealed`)) as readonly DesiredObject[],
    // A name of its own for each state: a later capture must not replace what was there before the run.
    saveCapture: (cluster, state) => store.write(`previous/${cluster}-${digestOf(state).slice(0, 12)}`, state),
    readCapture: async ({ file, digest }) => (await store.read(file, digest)) as CapturedState,
  };
}

/** SHA-256 of the canonical JSON, in hex. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/** Namespaces that have an iotedged. */
export function installationsOf(objects: readonly ObjectToApply[]): readonly string[] {
  return objects
    .filter(({ kind, metadata }) => kind === "Deployment" && metadata.name === objectNames.iotedged)
    .map(({ metadata }) => metadata.namespace ?? "default");
}
