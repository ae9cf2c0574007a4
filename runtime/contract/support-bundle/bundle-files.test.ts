import { expect, it } from "vitest";
import { labels } from "../labels.ts";
import { type BundleSource, bundleFiles } from "./bundle-files.ts";

const secret = "hunter2-Correct";

/** Texts of a bundle by their names. */
async function bundle(source: BundleSource, maxBytes?: number): Promise<Record<string, string>> {
  const files = bundleFiles({
    source,
    plurals: ["pods", "events"],
    installation: { name: "a", namespace: "a" },
    madeBy: "a test",
    now: 0,
    since: 0,
    until: 0,
    runtimeOnly: false,
    problemOf: (error) => (error as Error).message,
    ...(maxBytes !== undefined && { maxBytes }),
  });
  const texts: Record<string, string> = {};
  for await (const { name, content } of files) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    texts[name] = Buffer.concat(parts).toString();
  }
  return texts;
}

const pod = {
  metadata: { name: "sensor", labels: { [labels.module]: "sensor" } },
  status: { containerStatuses: [{ name: "sensor", restartCount: 0 }] },
};

async function* bytes(text: string) {
  yield Buffer.from(text);
}

it("has no secret in logs, metrics, and what it says of what is missing", async () => {
  const texts = await bundle({
    async *objects(plural) {
      if (plural === "events") throw new Error(`https://user:${secret}@example.com does not answer`);
      yield [pod];
    },
    log: async () => bytes(`connected with DB_PASSWORD=${secret}\n`),
    texts: async () => ({ "metrics/iotedged.prom": `up{address="https://user:${secret}@h"} 1\n` }),
  });
  expect(Object.keys(texts)).toContain("logs/sensor/sensor.log");
  expect(Object.values(texts).join()).not.toContain(secret);
  expect(texts["metrics/iotedged.prom"]).toBe('up{address="https://[redacted]@h"} 1\n');
  expect(JSON.parse(texts["bundle.json"] ?? "").missing).toEqual([
    { what: "objects/events", problem: "https://[redacted]@example.com does not answer" },
  ]);
});

it("ends where there is no more room, and tells so", async () => {
  const maxBytes = 100_000;
  const texts = await bundle(
    {
      async *objects(plural) {
        yield plural === "pods" ? [pod] : [];
      },
      log: async () => bytes(`${"word ".repeat(40)}\n`.repeat(1000)),
    },
    maxBytes,
  );
  expect(texts["logs/sensor/sensor.log"]?.length).toBeLessThanOrEqual(maxBytes);
  expect(JSON.parse(texts["bundle.json"] ?? "").complete).toBe(false);
});
