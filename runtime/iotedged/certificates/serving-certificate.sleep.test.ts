import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { createTestCa } from "../../../test/fakes/test-ca.ts";
import { startServingCertificate } from "./serving-certificate.ts";
import { loadWorkloadCa, type WorkloadCa } from "./workload-ca.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;
const leafDays = 30;

/** A machine that can be suspended: time goes on, timers do not. */
class SuspendedClock extends FakeClock {
  #slept = 0;

  override now(): number {
    return super.now() + this.#slept;
  }

  suspend(milliseconds: number): void {
    this.#slept += milliseconds;
  }
}

let ca: WorkloadCa;

beforeEach(async () => {
  const made = await createTestCa({ name: "ca", notBefore: start, notAfter: start + 730 * day });
  ca = await loadWorkloadCa(made.certificatePem, made.keyPem);
});

const watched = () => ({ current: ca, onChange: () => () => {}, stop: () => {} });

describe("a machine that slept past the end of every certificate", () => {
  it("has a valid one within the hour, with nobody's help, as long as the CA lives", async () => {
    const clock = new SuspendedClock(start);
    const serving = await startServingCertificate({
      ca: watched(),
      hosts: ["iotedged"],
      days: leafDays,
      clock,
      random: () => 0.5,
      onFailure: (error) => {
        throw error;
      },
    });
    const renewed = new Promise((resolve) => serving.onChange(resolve));
    await settle();
    clock.suspend(10 * leafDays * day);
    expect(serving.current?.notAfter).toBeLessThan(clock.now());
    await clock.advance(3_600_000);
    await renewed;
    expect(serving.current?.notAfter).toBeGreaterThan(clock.now() + (leafDays - 1) * day);
    serving.stop();
  });

  it("renews at half a life, each replica at a time of its own", async () => {
    for (const [random, from, to] of [
      [0, 0.45, 0.451],
      [0.999, 0.549, 0.55],
    ] as const) {
      const clock = new FakeClock(start + day);
      const serving = await startServingCertificate({
        ca: watched(),
        hosts: ["iotedged"],
        days: leafDays,
        clock,
        random: () => random,
        onFailure: () => {},
      });
      const first = serving.current;
      const renewed = new Promise((resolve) => serving.onChange(resolve));
      await clock.advance(from * leafDays * day - 3_600_000);
      expect(serving.current).toBe(first);
      await clock.advance((to - from) * leafDays * day + 7_200_000);
      await renewed;
      expect(serving.current).not.toBe(first);
      serving.stop();
    }
  });
});
