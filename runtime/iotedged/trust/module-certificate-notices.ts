import type { Clock } from "#base";
import { objectNames, type TrustRecord } from "#contract";
import type { EventRecorder, Notice } from "#shared";
import { type LifeStage, lifeStage, lifeStages, noticeType } from "../expiry-notices.ts";

/**
 * Certificates that live shorter are asked for anew all the time, and left alone when the module needs them no more:
 * telling of those would be noise. Milliseconds.
 */
export const shortestToldLife = 24 * 3_600_000;
/** Modules age one by one; what reaches a stage within this time is told together. Milliseconds. */
const pause = 3_600_000;
/** Pods that a notice names; the record and `edgectl trust status` have all. */
const maxNamed = 8;

interface AgedLeaf {
  readonly id: string;
  readonly pod: string;
  readonly module: string;
  readonly kind: string;
  readonly stage: LifeStage;
  readonly notAfter: number;
}

/**
 * Tells of modules' certificates that grow old, because nobody but the module can replace them: one Event for all of a
 * stage, and each certificate once for each stage in this process's life.
 *
 * @returns what looks at the record
 */
export function createLeafNotices(options: {
  readonly events: EventRecorder;
  readonly clock: Clock;
}): (record: TrustRecord) => void {
  const { events, clock } = options;
  let told = new Map<string, LifeStage>();
  let next = 0;

  return (record) => {
    const now = clock.now();
    if (now < next) return;
    next = now + pause;
    const aged = agedLeaves(record, now);
    const before = told;
    told = new Map(aged.map(({ id, stage }) => [id, stage]));
    for (const stage of lifeStages) {
      const grown = aged.filter((leaf) => leaf.stage === stage && stage > (before.get(leaf.id) ?? 0));
      if (grown.length === 0) continue;
      events.record(noticeOf(stage, grown), () => {
        for (const { id } of grown) told.delete(id);
      });
    }
  };
}

function agedLeaves({ pods }: TrustRecord, now: number): readonly AgedLeaf[] {
  return Object.entries(pods).flatMap(([uid, { name: pod, module, leaves }]) =>
    leaves.flatMap(({ kind, name, at, notAfter }): AgedLeaf[] => {
      if (notAfter - at < shortestToldLife || notAfter <= now) return [];
      const stage = lifeStage({ notBefore: at, notAfter }, now);
      return stage === undefined ? [] : [{ id: `${uid}/${kind}/${name}/${at}`, pod, module, kind, stage, notAfter }];
    }),
  );
}

function noticeOf(stage: LifeStage, leaves: readonly AgedLeaf[]): Notice {
  const soonest = leaves.toSorted((a, b) => a.notAfter - b.notAfter);
  const named = soonest.slice(0, maxNamed).map(({ pod, module, kind, notAfter }) => {
    return `${kind} certificate of module ${module} in pod ${pod} ends at ${new Date(notAfter).toISOString()}`;
  });
  const more = leaves.length - named.length;
  const rest = more > 0 ? `; and ${more} more` : "";
  return {
    type: noticeType(stage),
    reason: "ModuleCertificateExpiry",
    action: "Watch",
    note: `${stage * 100} % of a life is over: ${named.join("; ")}${rest}. The module has to ask for another; else restart its pod.`,
    regarding: { apiVersion: "v1", kind: "ConfigMap", name: objectNames.trustRecord },
    key: String(stage),
  };
}
