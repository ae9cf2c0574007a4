import { isDeepStrictEqual } from "node:util";
import type { EdgeError } from "#base";
import {
  dataKeys,
  defaultModuleSettings,
  digestOfManifest,
  type IotedgedSettings,
  type ModuleSettings,
  objectNames,
} from "#contract";
import {
  type DeploymentManifest,
  describeProblem,
  type Module,
  type Problem,
  parseManifest,
  settleProxyPorts,
} from "#manifest";
import type { ConfigMap } from "#shared";
import { edgeAgentErrors } from "./errors.ts";

/** The newest manifest, from wherever it comes. */
export interface ManifestDocument {
  /** Undefined where there is none. */
  readonly text: string | undefined;
  /** Counts where the text itself has no `$version`. */
  readonly version: number;
}

/** What came of the newest manifest. */
export type Verdict =
  | { readonly type: "accepted"; readonly warnings: readonly Problem[] }
  | { readonly type: "refused"; readonly error: EdgeError; readonly problems: readonly Problem[] }
  | { readonly type: "missing"; readonly error: EdgeError }
  /** IoT Hub was not heard of since the start. */
  | { readonly type: "unknown"; readonly error: EdgeError };

/** The manifest in force: the last one that was good, whatever came after it. */
export interface ManifestSource {
  /** Undefined until a good manifest was seen: then nothing is changed in the namespace. */
  readonly inForce: DeploymentManifest | undefined;
  readonly verdict: Verdict;
  /** Version of the newest manifest, good or not. */
  readonly version: number;
  /** Digest of the newest manifest, good or not. Undefined where there is none. */
  readonly digest: string | undefined;
  /** Version of the manifest in force when that is not the newest one. */
  readonly versionInForce: number | undefined;
  /** Looks at the newest manifest; answers whether it, or what it is judged by, changed. */
  look(document: ManifestDocument): boolean;
  /** Of IoT Hub's alone: nothing counts as known any more, as at the start. */
  forget(): void;
}

/** Problems that the error's message names; all of them are in the verdict. */
const maxDescribed = 20;

/** The manifest of an installation that stands alone. */
export function manifestOfConfigMap(configMap: ConfigMap | undefined): ManifestDocument {
  return { text: configMap?.data?.[dataKeys.deployment], version: Number(configMap?.metadata.resourceVersion ?? 0) };
}

/**
 * @param installation whose manifest it is
 * @param settings what the installation lets its modules have
 * @param connected whether the manifest is IoT Hub's, in place of a ConfigMap
 */
export function createManifestSource(
  installation: IotedgedSettings["installation"],
  settings: () => ModuleSettings = () => defaultModuleSettings,
  connected = false,
): ManifestSource {
  const missing = connected
    ? edgeAgentErrors.EDGE_AGENT_HUB_MANIFEST_MISSING()
    : edgeAgentErrors.EDGE_AGENT_MANIFEST_MISSING({ name: objectNames.deployment, key: dataKeys.deployment });
  const unread = (): Verdict =>
    connected
      ? { type: "unknown", error: edgeAgentErrors.EDGE_AGENT_HUB_MANIFEST_UNKNOWN() }
      : { type: "missing", error: missing };
  let text: string | undefined;
  let judgedBy = settings();
  let inForce: DeploymentManifest | undefined;
  let verdict = unread();
  let version = 0;
  let goodVersion: number | undefined;

  function judge(newText: string | undefined): Verdict {
    if (newText === undefined) return { type: "missing", error: missing };
    const parsed = parseManifest(newText, judgedBy);
    if (!parsed.ok) return { type: "refused", error: refusal(parsed.errors), problems: parsed.errors };
    const { modules, credentials } = parsed.manifest;
    inForce = {
      ...parsed.manifest,
      modules: keepUnchanged(settleProxyPorts(modules, installation), inForce?.modules ?? []),
      credentials: keepWhenEqual(credentials, inForce?.credentials),
    };
    return { type: "accepted", warnings: parsed.warnings };
  }

  return {
    get inForce() {
      return inForce;
    },
    get verdict() {
      return verdict;
    },
    get version() {
      return version;
    },
    get digest() {
      return text === undefined ? undefined : digestOfManifest(text);
    },
    get versionInForce() {
      return verdict.type === "accepted" ? undefined : goodVersion;
    },
    look({ text: newText, version: newVersion }) {
      // A version of the hub's that says nothing is one all the same.
      const isSame = newText === text && verdict.type !== "unknown" && (!connected || newVersion === version);
      if (isSame && isDeepStrictEqual(judgedBy, settings())) return false;
      text = newText;
      judgedBy = settings();
      verdict = judge(newText);
      version = inForceVersion(verdict, inForce) ?? newVersion;
      if (verdict.type === "accepted") goodVersion = version;
      return true;
    },
    forget() {
      text = undefined;
      inForce = undefined;
      verdict = unread();
      version = 0;
      goodVersion = undefined;
    },
  };
}

/** Modules that are as they were stay the same objects, so that what was made from them is not made again. */
function keepUnchanged(modules: readonly Module[], former: readonly Module[]): readonly Module[] {
  const known = new Map(former.map((module) => [module.id, module]));
  return modules.map((module) => keepWhenEqual(module, known.get(module.id)));
}

function keepWhenEqual<T>(next: T, former: T | undefined): T {
  return former !== undefined && isDeepStrictEqual(former, next) ? former : next;
}

function inForceVersion(verdict: Verdict, manifest: DeploymentManifest | undefined): number | undefined {
  return verdict.type === "accepted" ? manifest?.version : undefined;
}

function refusal(problems: readonly Problem[]): EdgeError {
  const described = problems.slice(0, maxDescribed).map(describeProblem);
  const more = problems.length > maxDescribed ? [`and ${problems.length - maxDescribed} more`] : [];
  return edgeAgentErrors.EDGE_AGENT_MANIFEST_INVALID({ problems: [...described, ...more].join(" ") });
}
