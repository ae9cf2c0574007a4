import type { Cluster } from "../kubernetes/index.ts";
import { parentOf } from "./applyset.ts";
import { deployErrors } from "./errors.ts";
import { hasPulumi } from "./pulumi-engine.ts";

export const engines = ["pulumi", "render"] as const;
/** Who deploys: the Pulumi CLI, or edgectl itself. */
export type Engine = (typeof engines)[number];

export interface EngineOptions {
  readonly stack: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the record of what the stack has deployed is; default: where every stack has it. */
  readonly recordNamespace?: string | undefined;
}

/**
 * The engine that the user asks for; else the one that has deployed the stack to this cluster before; else Pulumi where
 * it is installed.
 *
 * @throws EDGE_CLI_NO_PULUMI
 */
export async function chooseEngine(
  wanted: Engine | undefined,
  cluster: Cluster,
  { stack, env, recordNamespace }: EngineOptions,
): Promise<Engine> {
  if (wanted === "render") return "render";
  const isInstalled = await hasPulumi(env);
  if (wanted === "pulumi") {
    if (!isInstalled) throw deployErrors.EDGE_CLI_NO_PULUMI();
    return "pulumi";
  }
  if (!isInstalled) return "render";
  const record = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", ...parentOf(stack, recordNamespace) });
  return record === undefined ? "pulumi" : "render";
}
