import { X509Certificate } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { createTestCa, type TestCa } from "../../../test/fakes/test-ca.ts";
import type { Watched } from "../../shared/watched-files.ts";
import { type ServingCertificate, startServingCertificate } from "./serving-certificate.ts";
import { loadWorkloadCa, type WorkloadCa } from "./workload-ca.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;
const hour = day / 24;

let authority: TestCa;
let clock: FakeClock;
let ca: FakeWatched;
let serving: ServingCertificate | undefined;
let failures: unknown[];

class FakeWatched implements Watched<WorkloadCa> {
  current: WorkloadCa;
  readonly listeners = new Set<(value: WorkloadCa) => void>();
  constructor(current: WorkloadCa) {
    this.current = current;
  }
  onChange(listener: (value: WorkloadCa) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  stop() {}
  change(value: WorkloadCa) {
    this.current = value;
    for (const listener of this.listeners) listener(value);
  }
}

beforeAll(async () => {
  authority = await createTestCa({ name: "workload ca", notBefore: start - day, notAfter: start + 200 * day });
});

beforeEach(async () => {
  clock = new FakeClock(start);
  ca = new FakeWatched(await loadWorkloadCa(authority.certificatePem, authority.keyPem));
  failures = [];
});

afterEach(() => serving?.stop());

async function begin(days: number, random = 0.5): Promise<ServingCertificate> {
  serving = await startServingCertificate({
    ca,
    hosts: ["iotedged", "iotedged.edge-a"],
    days,
    clock,
    random: () => random,
    onFailure: (error) => void failures.push(error),
  });
  return serving;
}

function issuedBy({ current }: ServingCertificate) {
  if (current === undefined) throw new Error("there is no certificate");
  return current;
}

/** Waits for the next certificate, which takes real time to make. */
const next = (certificate: ServingCertificate) => new Promise((resolve) => certificate.onChange(resolve));

describe("startServingCertificate", () => {
  it("issues a server certificate for its hosts", async () => {
    const leaf = new X509Certificate(issuedBy(await begin(90)).certificate);
    expect(leaf.subjectAltName).toBe("DNS:iotedged, DNS:iotedged.edge-a");
    expect(leaf.validToDate.getTime()).toBe(start + 90 * day);
  });

  it("renews at half its life, also when that is further away than a timer reaches", async () => {
    const certificate = await begin(90);
    const first = issuedBy(certificate);
    const renewed = next(certificate);
    await clock.advance(45 * day - hour);
    expect(certificate.current).toBe(first);
    await clock.advance(2 * hour);
    await renewed;
    expect(issuedBy(certificate).notAfter).toBeGreaterThan(first.notAfter);
  });

  it("spreads renewals of replicas around half the life", async () => {
    const certificate = await begin(10, 0);
    const renewed = next(certificate);
    await clock.advance(4.5 * day);
    await renewed;
    expect(issuedBy(certificate).notAfter).toBeGreaterThan(start + 14 * day);
  });

  it("issues anew as soon as the CA changes", async () => {
    const certificate = await begin(90);
    const other = await createTestCa({ name: "next ca", notBefore: start, notAfter: start + 300 * day });
    const renewed = next(certificate);
    ca.change(await loadWorkloadCa(other.certificatePem, other.keyPem));
    await renewed;
    expect(new X509Certificate(issuedBy(certificate).certificate).issuer).toBe("CN=next ca");
  });

  it("has none while the CA is over, and gets one as soon as the CA is renewed", async () => {
    const good = ca.current;
    ca.current = { ...good, notAfter: start };
    const certificate = await begin(1);
    expect(certificate.current).toBeUndefined();
    expect(failures).toEqual([expect.objectContaining({ code: "EDGE_IOTEDGED_CA_EXPIRED" })]);
    const issued = next(certificate);
    ca.change(good);
    await issued;
    expect(certificate.current?.notAfter).toBe(start + day);
  });

  it("reports a renewal that failed and repeats it within a minute", async () => {
    const certificate = await begin(10);
    const first = certificate.current;
    const good = ca.current;
    ca.change({ ...good, notAfter: start });
    await settle();
    expect(failures).toEqual([expect.objectContaining({ code: "EDGE_IOTEDGED_CA_EXPIRED" })]);
    expect(certificate.current).toBe(first);
    const renewed = next(certificate);
    ca.current = good;
    await clock.advance(60_000);
    await renewed;
    expect(certificate.current).not.toBe(first);
  });

  it("does nothing more after stop", async () => {
    const certificate = await begin(10);
    certificate.stop();
    expect(clock.pending).toBe(0);
    expect(ca.listeners.size).toBe(0);
  });
});
