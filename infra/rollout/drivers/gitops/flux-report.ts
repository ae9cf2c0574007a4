import { formatDuration } from "#base";
import type { Check } from "../../model/index.ts";
import type { TakenEvent } from "../../receive/event-store.ts";

/** What Flux says of a cluster's Kustomization, by its API or by events. */
export interface FluxReport {
  /** Of the artifact that it has tried last: `sha256:...`. */
  readonly digest: string | undefined;
  /** `applied`: its objects are there, and are not all healthy. `failed`: it is not known what of it is there. */
  readonly state: "healthy" | "applied" | "failed" | "working";
  readonly message: string;
  /** When it was received; of an API, now. */
  readonly at: number;
}

/** Reason of a failure after all was applied. */
const unhealthy = "HealthCheckFailed";
const succeeded = "ReconciliationSucceeded";

/** The newest report of the Kustomization in events, of which the newest is the last; of several at once the worst. */
export function reportOfEvents(events: readonly TakenEvent[], kustomization: string): FluxReport | undefined {
  const own = events.filter(({ object }) => object === `Kustomization ${kustomization}`);
  const last = own.at(-1);
  if (last === undefined) return undefined;
  const atOnce = own.filter(({ at }) => at === last.at);
  const worst = atOnce.findLast(({ severity }) => severity === "error") ?? last;
  const { digest, severity, reason, message, receivedAt } = worst;
  return { digest, message, at: receivedAt, state: stateOf(severity === "error", reason) };
}

/** @param isError whether Flux calls it an error */
export function stateOf(isError: boolean, reason: string): FluxReport["state"] {
  if (reason === unhealthy) return "applied";
  if (isError) return "failed";
  return reason === succeeded ? "healthy" : "working";
}

/** Whether Flux has what the tag leads to, healthy, and still says so. What is not known is not healthy. */
export function checkFlux(
  report: FluxReport | undefined,
  expected: string,
  silenceMs: number,
  now: number,
): readonly Check[] {
  const id = "flux";
  const fix =
    "See Flux's Kustomization and Alert in the cluster, and the log of the receiver where the cluster has no context; docs/rollouts.md shows them.";
  const error = (message: string, evidence: string): readonly Check[] => [
    { id, severity: "error", message, evidence, fix },
  ];
  if (report === undefined) return error("Flux has reported nothing", "");
  const { digest, state, message, at } = report;
  if (digest !== expected)
    return error(`Flux has not reported ${short(expected)} yet`, `last: ${short(digest)} ${message}`);
  if (state !== "healthy") return error(`Flux reports ${short(expected)} as ${state}`, message);
  const silent = now - at;
  if (silent > silenceMs) return error(`Flux has been silent for ${formatDuration(silent)}`, message);
  return [{ id, severity: "ok", message: `Flux reports ${short(expected)} as healthy`, evidence: message, fix: "" }];
}

/** For people. */
export function short(digest: string | undefined): string {
  return digest === undefined ? "nothing" : digest.slice(0, "sha256:".length + 12);
}
