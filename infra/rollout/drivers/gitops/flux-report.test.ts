import { describe, expect, it } from "vitest";
import type { TakenEvent } from "../../receive/event-store.ts";
import { checkFlux, reportOfEvents } from "./flux-report.ts";
import { checkVoice } from "./observe.ts";

const [old, now] = [`sha256:${"1".repeat(64)}`, `sha256:${"2".repeat(64)}`];
const event = (seq: number, more: Partial<TakenEvent> = {}): TakenEvent => ({
  object: "Kustomization flux-system/iotedge",
  severity: "info",
  reason: "ReconciliationSucceeded",
  message: "m",
  at: seq * 1000,
  receivedAt: seq * 1000,
  sum: "s",
  digest: now,
  seq,
  ...more,
});
const failed = { severity: "error", reason: "HealthCheckFailed", message: "not ready" } as const;
const judge = (...events: readonly TakenEvent[]) => {
  const report = reportOfEvents(events, "flux-system/iotedge");
  return checkFlux(report, now, 60_000, 10_000).every(({ severity }) => severity === "ok");
};

describe("what Flux reports", () => {
  it.each([
    ["nothing", []],
    ["of another Kustomization", [event(1, { object: "Kustomization flux-system/other" })]],
    ["of the artifact before", [event(1, { digest: old })]],
    ["without a revision", [event(1, { digest: undefined as never })]],
    ["that it has begun", [event(1, { reason: "Progressing" })]],
    ["that its health check failed", [event(1, failed)]],
    ["that it failed after it was healthy", [event(1), event(2, { ...failed, reason: "BuildFailed" })]],
    ["both at the same second", [event(2, { at: 1000, ...failed }), event(3, { at: 1000 })]],
    ["that it is back at the one before", [event(1), event(2, { digest: old })]],
    ["long ago", [event(1, { receivedAt: -60_001 })]],
  ] as const)("is not healthy where it is %s", (_, events) => {
    expect(judge(...events)).toBe(false);
  });

  it("is healthy where the newest says so", () => {
    expect(judge(event(1, failed), event(2))).toBe(true);
  });

  it("must have come lately before a run begins, but for a first deployment", () => {
    const severity = (at: number | undefined, isDeployed: boolean) => {
      const report = at === undefined ? undefined : { digest: now, state: "healthy" as const, message: "", at };
      return checkVoice(report, { silenceMs: 1000 }, isDeployed, 5000).severity;
    };
    expect(severity(4500, true)).toBe("ok");
    expect(severity(3000, true)).toBe("error");
    expect(severity(undefined, true)).toBe("error");
    expect(severity(undefined, false)).toBe("warning");
  });
});
