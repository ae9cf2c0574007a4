import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxEventBytes, parseFluxEvent } from "./flux-event.ts";

const digest = `sha256:${"ab".repeat(32)}`;
/** As notification-controller 1.9 sends it. */
const event = {
  involvedObject: { kind: "Kustomization", namespace: "flux-system", name: "iotedge", uid: "u", apiVersion: "a/v1" },
  severity: "info",
  timestamp: "2026-11-30T10:00:00Z",
  message: "Reconciliation finished in 61ms, next run in 1m0s",
  reason: "ReconciliationSucceeded",
  metadata: { commit_status: "update", revision: `stable@${digest}` },
  reportingController: "kustomize-controller",
};
const parse = (value: unknown) => parseFluxEvent(Buffer.from(JSON.stringify(value)));

describe("parseFluxEvent", () => {
  it("reads what a rollout needs", () => {
    expect(parse(event)).toEqual({
      object: "Kustomization flux-system/iotedge",
      severity: "info",
      at: Date.parse(event.timestamp),
      reason: event.reason,
      message: event.message,
      digest,
    });
  });

  it.each([
    ["with the group before the key", { "kustomize.toolkit.fluxcd.io/revision": `stable@${digest}` }, digest],
    ["of a source pinned by its digest", { revision: digest }, digest],
    ["of a commit", { revision: "main@sha1:1234" }, undefined],
    ["of something that goes on", { revision: `${digest}0` }, undefined],
    ["that is missing", {}, undefined],
  ])("reads a revision %s", (_, metadata, found) => {
    expect(parse({ ...event, metadata })?.digest).toBe(found);
  });

  it("leaves nothing in a message that could steer a terminal, and not more than is read once", () => {
    const message = parse({ ...event, message: `a\u001b[31m\nb\u2028${"x".repeat(5000)}` })?.message ?? "";
    expect(message).toMatch(/^a \[31m b x+$/);
    expect(message.length).toBe(1000);
  });

  it("leaves nothing in any text by which one cluster could write a line in the name of another", () => {
    const forged = "X\u001b[31m\u0007\nsouth: taken info\u202e\u2028ReconciliationSucceeded";
    const object = { ...event.involvedObject, kind: `K\n${forged}`, name: forged };
    const read = parse({ ...event, reason: forged, message: forged, involvedObject: object });
    expect(read?.reason).toBe("X [31m south: taken info ReconciliationSucceeded");
    expect(read?.object).toBe(`K ${read?.reason} flux-system/${read?.reason}`);
    expect(parse({ ...event, reason: "x".repeat(512) })?.reason).toHaveLength(128);
    const texts = fc.record({
      reason: fc.string({ unit: "binary", maxLength: 200 }),
      message: fc.string({ unit: "binary" }),
    });
    fc.assert(
      fc.property(texts, (said) => {
        for (const text of Object.values(parse({ ...event, ...said }) ?? {})) {
          expect(String(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        }
      }),
    );
  });

  it("takes no other bytes for an event, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (array) => {
        expect(parseFluxEvent(Buffer.from(array))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.json({ maxDepth: 12 }), (text) => {
        expect(parseFluxEvent(Buffer.from(text))).toBeUndefined();
      }),
    );
  });

  it("refuses an event of which any part is missing or of another kind", () => {
    const parts = ["involvedObject", "severity", "timestamp", "message", "reason", "reportingController"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...parts), fc.constantFrom(undefined, null, 7, [], {}, true), (part, value) => {
        expect(parse({ ...event, [part]: value })).toBeUndefined();
      }),
    );
    expect(parse({ ...event, timestamp: "2026-13-45T99:99:99Z" })).toBeUndefined();
    expect(parse({ ...event, severity: "fatal" })).toBeUndefined();
  });

  it("reads none that is too large or nested too deep", () => {
    expect(parse({ ...event, message: "x".repeat(maxEventBytes) })).toBeUndefined();
    expect(parse({ ...event, more: JSON.parse(`${"[".repeat(50)}${"]".repeat(50)}`) })).toBeUndefined();
  });
});
