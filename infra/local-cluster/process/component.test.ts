import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../../runtime/base/process-table.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { layoutOf } from "../layout.ts";
import { type Component, ensureReady, ensureStarted, ownerVariable, stopComponent } from "./component.ts";
import { isRunning, readRecord } from "./process-record.ts";

const layout = layoutOf(temporaryDirectory());
const record = () => readRecord(layout.processRecord("server"));
const log = () => readFileSync(layout.log("server"), "utf8");

function server(program: string, ready: Component["ready"] = () => true): Component {
  return { name: "server", command: process.execPath, args: ["-e", program], ready };
}

const waiting = `console.log("listening"); setInterval(() => {}, 1000)`;

afterEach(() => stopComponent(layout, "server", 1_000));

describe("a component", () => {
  it("writes to its log, and is recorded and marked as the cluster's", async () => {
    await ensureReady(
      layout,
      server(waiting, () => log().includes("listening")),
    );
    expect(isRunning(record())).toBe(true);
    expect(readEnvironment(record()?.pid ?? 0)).toContain(`${ownerVariable}=${layout.directory}`);
  });

  it("is not started twice", async () => {
    await ensureStarted(layout, server(waiting));
    const first = record();
    await ensureStarted(layout, server(waiting));
    expect(record()).toEqual(first);
  });

  it("is ended, and its record removed", async () => {
    await ensureStarted(layout, server(waiting));
    const running = record();
    await stopComponent(layout, "server", 1_000);
    expect(isRunning(running)).toBe(false);
    expect(existsSync(layout.processRecord("server"))).toBe(false);
  });

  it("that ends too early is an error with its last lines", async () => {
    const broken = server(`console.error("unknown flag: --port"); process.exit(2)`, () => false);
    await expect(ensureReady(layout, broken)).rejects.toMatchObject({
      code: "EDGE_CLUSTER_COMPONENT_FAILED",
      message: expect.stringContaining("unknown flag: --port"),
    });
  });

  it("whose program is missing is an error", async () => {
    const missing = { ...server(""), command: "/nonexistent/etcd" };
    await expect(ensureReady(layout, missing)).rejects.toMatchObject({
      code: "EDGE_CLUSTER_COMPONENT_FAILED",
      message: expect.stringContaining("cannot be started"),
    });
  });
});
