import type { LiveObject } from "../../kubernetes/index.ts";
import { commandLine, noCluster } from "../../terminal/index.ts";
import { doubtful, fine, type Judgement } from "../model/verdict.ts";

/** Clocks of machines that roll out differ by less. */
const clockDifference = 300_000;

/** Who has a stack locked by a rollout. @param lease undefined where there is none */
export function judgeLock(lease: LiveObject | undefined, now: number): Judgement {
  const { holderIdentity, renewTime, leaseDurationSeconds = 0 } = lease?.spec ?? {};
  if (!holderIdentity) return fine("nobody has it locked");
  const renewed = Date.parse(renewTime ?? "") || 0;
  const evidence = `Lease ${lease?.metadata.namespace}/${lease?.metadata.name}, renewed ${new Date(renewed).toISOString()}`;
  const run = String(holderIdentity).split("@", 1)[0] ?? "";
  const command = (words: readonly string[]) => commandLine(["rollout", ...words], noCluster);
  if (now < renewed + leaseDurationSeconds * 1000 + clockDifference) {
    return doubtful(
      `a rollout has it locked: ${holderIdentity}`,
      evidence,
      `Wait for it, or see how it fares: ${command(["status", "--run", run])}`,
    );
  }
  return doubtful(
    `a rollout that is gone has left its lock: ${holderIdentity}`,
    evidence,
    `Nothing: the next one takes it over. To free it at once: ${command(["unlock", run])}`,
  );
}
