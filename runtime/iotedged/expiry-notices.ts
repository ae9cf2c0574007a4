import type { Clock } from "#base";
import type { EventRecorder, Notice } from "#shared";

/** The life of a CA, and the object that it stands in. */
export interface CertificateLife {
  /** Tells it from those before and after it. */
  readonly id: string;
  /** What an operator calls it: `the workload CA`. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly regarding: Notice["regarding"];
}

/** Parts of a certificate's life after which an Event tells of its end. */
export const lifeStages = [0.5, 0.8, 0.95] as const;
export type LifeStage = (typeof lifeStages)[number];
/** Before this part of a life its end is news; from then on it is a warning. */
export const warnFrom: LifeStage = 0.8;

/**
 * Warns before CAs end, because only a deployment renews them. Each stage of a CA is told once in this process's
 * life, and again while the API server refuses it; a process that starts late tells only the present stage.
 *
 * @returns what looks at the CAs that there are
 */
export function createExpiryNotices(options: {
  readonly events: EventRecorder;
  readonly clock: Clock;
}): (lives: readonly CertificateLife[]) => void {
  const { events, clock } = options;
  let told = new Map<string, LifeStage>();

  return (lives) => {
    const before = told;
    told = new Map();
    for (const life of lives) {
      const stage = lifeStage(life, clock.now());
      if (stage === undefined) continue;
      told.set(life.id, stage);
      if (stage > (before.get(life.id) ?? 0)) events.record(noticeOf(life, stage), () => told.delete(life.id));
    }
  };
}

/** The last stage that a life has reached; undefined before the first. */
export function lifeStage(
  { notBefore, notAfter }: Pick<CertificateLife, "notBefore" | "notAfter">,
  now: number,
): LifeStage | undefined {
  const lived = (now - notBefore) / (notAfter - notBefore);
  return lifeStages.findLast((stage) => lived >= stage);
}

export function noticeType(stage: LifeStage): Notice["type"] {
  return stage >= warnFrom ? "Warning" : "Normal";
}

function noticeOf({ id, name, notAfter, regarding }: CertificateLife, stage: LifeStage): Notice {
  const end = new Date(notAfter).toISOString();
  return {
    type: noticeType(stage),
    reason: "CertificateExpiry",
    action: "Watch",
    note: `${stage * 100} % of the life of ${name} is over, it ends at ${end}. Deploy the stack to renew it in time.`,
    regarding,
    key: `${id}/${stage}`,
  };
}
