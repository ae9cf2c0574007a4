import type { Clock } from "../shared/clock.ts";
import type { EventRecorder, Notice } from "../shared/event-recorder.ts";

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

/** Parts of a life after which an Event tells of its end. */
const stages = [0.5, 0.8, 0.95] as const;
/** Below that share it is a matter of planning. */
const warnFrom = 0.8;

/**
 * Tells in time that CAs end, because only a deployment renews them. Each stage of a CA is told once in this process's
 * life, and again as long as the API server refuses to hear it; who starts late tells the present stage alone.
 *
 * @returns what looks at the CAs that there are
 */
export function createExpiryNotices(options: {
  readonly events: EventRecorder;
  readonly clock: Clock;
}): (lives: readonly CertificateLife[]) => void {
  const { events, clock } = options;
  let told = new Map<string, number>();

  return (lives) => {
    const next = new Map<string, number>();
    for (const life of lives) {
      const stage = stageOf(life, clock.now());
      if (stage === undefined) continue;
      next.set(life.id, stage);
      if (stage > (told.get(life.id) ?? 0)) events.record(noticeOf(life, stage), () => told.delete(life.id));
    }
    told = next;
  };
}

function stageOf({ notBefore, notAfter }: CertificateLife, now: number): number | undefined {
  const lived = (now - notBefore) / (notAfter - notBefore);
  return stages.findLast((stage) => lived >= stage);
}

function noticeOf({ id, name, notAfter, regarding }: CertificateLife, stage: number): Notice {
  const end = new Date(notAfter).toISOString();
  return {
    type: stage >= warnFrom ? "Warning" : "Normal",
    reason: "CertificateExpiry",
    action: "Watch",
    note: `${stage * 100} % of the life of ${name} is over, it ends at ${end}. Deploy the stack to renew it in time.`,
    regarding,
    key: `${id}/${stage}`,
  };
}
