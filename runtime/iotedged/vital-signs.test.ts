import { beforeEach, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/clock.ts";
import { createHealth, type Health } from "../shared/health.ts";
import { createMetrics } from "./metrics.ts";
import { certificateCondition, followVitalSigns } from "./vital-signs.ts";

const day = 86_400_000;
const minute = 60_000;

let clock: FakeClock;
let health: Health;
let contacts: { pods: { lastContact: number }; deployments: { lastContact: number } };
let end: () => void;

beforeEach(() => {
  clock = new FakeClock();
  health = createHealth([certificateCondition]);
  contacts = { pods: { lastContact: clock.now() }, deployments: { lastContact: clock.now() } };
  const life = { notBefore: clock.now() - day, notAfter: clock.now() + 100 * day };
  const watched = <T>(current: T) => ({ current, onChange: () => () => {}, stop: () => {} });
  end = followVitalSigns({
    files: {
      ca: watched({ ...life, certificate: { serialNumber: "1" } }),
      trustBundle: watched({ hash: "0".repeat(64), authorities: [{ ...life, fingerprint: "aabb" }] }),
    },
    certificate: watched(life),
    informers: contacts,
    events: { record: () => {} },
    clock,
    metrics: createMetrics(),
    health,
  } as unknown as Parameters<typeof followVitalSigns>[0]);
});

it("tells of a watch that nothing was heard of for too long, and stays ready", async () => {
  await clock.advance(6 * minute);
  expect(health.degraded).toEqual([]);
  contacts.deployments.lastContact = clock.now();
  await clock.advance(2 * minute);
  expect(health.degraded).toEqual([{ name: "watches", reason: "nothing heard of pods for 7 minutes" }]);
  expect(health.ready).toBe(true);
  contacts.pods.lastContact = clock.now();
  await clock.advance(minute);
  expect(health.degraded).toEqual([]);
});

it("has nothing to say of watches whose first list is still awaited: readiness says so", async () => {
  contacts.pods.lastContact = 0;
  await clock.advance(minute);
  expect(health.degraded).toEqual([]);
});

it("stops looking when it is told to", () => {
  end();
  expect(clock.pending).toBe(0);
});
