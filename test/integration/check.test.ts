import { randomBytes } from "node:crypto";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import "../support/provided.ts";
import { waitFor } from "../support/wait-for.ts";
import { startInstallation, type Target, type TestInstallation } from "./check/installation.ts";
import { situations } from "./check/situations.ts";

const namespace = `edge-check-${randomBytes(3).toString("hex")}`;
let installation: TestInstallation;
let target: Target;

beforeAll(async () => {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(inject("kubeconfig"));
  target = { context: kubeConfig.getCurrentContext(), kubeconfig: inject("kubeconfig") };
  const port = Number(new URL(kubeConfig.getCurrentCluster()?.server ?? "").port);
  installation = await startInstallation(target, namespace, port);
}, 120_000);
afterAll(() => installation?.stop());

it("says nothing wrong of a healthy installation", async () => {
  const results = await installation.healthy();
  expect(results.filter(({ severity }) => severity !== "ok")).toEqual([]);
}, 120_000);

describe("names cause and fix where", () => {
  it.each(situations)(
    "$name",
    async ({ plant, undo, id, severity, component, cause, message, fix }) => {
      await installation.healthy();
      await plant(installation);
      try {
        const found = await waitFor(
          "the finding",
          async () => {
            const results = await installation.check({ stack: true });
            const own = results.filter((one) => one.id === id && one.severity !== "ok");
            const match = own.find(
              (one) =>
                one.severity === severity &&
                message.test(one.message) &&
                (component ?? one.component) === one.component,
            );
            if (match === undefined)
              throw new Error(
                JSON.stringify(
                  results.filter((one) => one.severity !== "ok"),
                  null,
                  2,
                ),
              );
            return match;
          },
          20,
        );
        expect(found).toMatchObject({ id, severity, docs: `docs/check.md#${id}`, ...(cause && { cause }) });
        expect(found.fix).toMatch(fix);
      } finally {
        await undo?.(installation);
        await installation.repair();
      }
    },
    120_000,
  );
});
