import { checkDeployment, describeResult, readerOf, refuseDeployment, stopsDeployment } from "../../check/index.ts";
import { hintsFor, type PlannedDeployment, type Target } from "../../deploy/index.ts";
import { createSender, createStreamer } from "../../kubernetes/index.ts";
import type { CommandContext } from "../../terminal/index.ts";

export interface CheckFirstFlags {
  readonly stack: string;
  readonly ignoreChecks: boolean;
}

/**
 * What `up` and `start` do before they write anything: tell what `edgectl check --pre` finds of it, and stop where that is
 * wrong.
 */
export function checkFirst(
  { stack, ignoreChecks }: CheckFirstFlags,
  target: Target,
  { projectDirectory, progress, signal }: CommandContext,
): (planned: PlannedDeployment) => Promise<void> {
  return async ({ cluster: { config }, engine, objects }) => {
    const reader = readerOf(config, createSender(config), createStreamer(config));
    const hints = hintsFor(target, stack);
    const results = await progress.step("Check the cluster", () =>
      checkDeployment(reader, { projectDirectory, stack, objects, engine, hints, now: Date.now, signal }),
    );
    const stopping = ignoreChecks ? [] : results.filter(stopsDeployment);
    for (const result of results.filter((one) => !stopping.includes(one))) {
      const [first = "", ...more] = describeResult(result);
      progress.note([`${result.severity === "error" ? "wrong" : "warning"}: ${first.trim()}`, ...more].join("\n"));
    }
    refuseDeployment(stopping);
  };
}
