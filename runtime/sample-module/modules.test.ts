import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAuthority, type TestAuthority } from "../proxy/test/certificates.ts";
import { consume } from "./consumer.ts";
import { serveHub } from "./hub.ts";
import { callHub } from "./hub-client.ts";
import { sense } from "./sensor.ts";
import type { WorkloadClient } from "./workload-client.ts";

let stopping: AbortController;
let lines: Record<string, unknown>[];

beforeEach(() => {
  stopping = new AbortController();
  lines = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    lines.push(JSON.parse(String(text)));
    return true;
  });
});
afterEach(() => {
  stopping.abort();
  vi.restoreAllMocks();
});

function workloadOf(authority: TestAuthority): WorkloadClient {
  return {
    moduleId: "sensor",
    sign: async (text) => `signed ${text.length}`,
    trustBundle: async () => authority.pem,
    serverCertificate: async (commonName, expiration) => {
      const { cert, key } = await authority.issue(commonName);
      return { certificate: cert, key, expiration };
    },
  };
}

async function startHub(workload: WorkloadClient): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  const ended = serveHub(workload, { hostname: "localhost", port }, stopping.signal);
  stopping.signal.addEventListener("abort", () => void ended);
  await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining({ event: "listening" })));
  return `https://localhost:${port}`;
}

describe("sensor, hub and consumer", () => {
  it("pass a signed reading on over TLS", async () => {
    const workload = workloadOf(await createAuthority("modules"));
    const hub = await startHub(workload);
    const sensing = sense(workload, hub, stopping.signal);
    await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining({ event: "sent", status: 204 })));
    const consuming = consume(workload, hub, stopping.signal);
    await vi.waitFor(() => {
      const telemetry = {
        moduleId: "sensor",
        reading: expect.any(String),
        digest: expect.stringMatching(/^signed \d+$/),
      };
      expect(lines).toContainEqual({ event: "received", status: 200, telemetry });
    });
    stopping.abort();
    await Promise.all([sensing, consuming]);
  });

  it("refuse a hub that the trust bundle does not vouch for", async () => {
    const hub = await startHub(workloadOf(await createAuthority("hub")));
    const stranger = workloadOf(await createAuthority("other"));
    await expect(callHub(stranger, `${hub}/telemetry/latest`, "GET")).rejects.toThrow(/certificate/);
  });

  it("keep the hub up when it is sent something else than telemetry", async () => {
    const workload = workloadOf(await createAuthority("modules"));
    const hub = await startHub(workload);
    expect(await callHub(workload, `${hub}/telemetry`, "POST", { moduleId: 1 })).toMatchObject({ status: 400 });
    expect(await callHub(workload, `${hub}/telemetry`, "POST", { reading: "x".repeat(20_000) })).toMatchObject({
      status: 400,
    });
    expect(await callHub(workload, `${hub}/elsewhere`, "GET")).toMatchObject({ status: 404 });
    expect(await callHub(workload, `${hub}/telemetry/latest`, "GET")).toMatchObject({ status: 404 });
  });

  it("go on after a failure", async () => {
    const workload = workloadOf(await createAuthority("modules"));
    const consuming = consume(workload, "https://localhost:1", stopping.signal);
    await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining({ error: expect.any(String) })));
    stopping.abort();
    await expect(consuming).resolves.toBeUndefined();
  });
});
