import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { readEnvironment } from "../../../runtime/base/process-table.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { layoutOf } from "../layout.ts";
import { type Component, ensureReady, ensureStarted, ownerVariable, stopComponent } from "./component.ts";
import { isRunning, readRecord } from "./process-record.ts";
import { waitUntil } from "./wait.ts";

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

  it.each([true, false])("ends with a killed process that started it: %s", async (endsWithStarter) => {
    const component = JSON.stringify({ ...server(waiting), endsWithStarter });
    const modules = ["./component.ts", "../layout.ts"].map((path) => new URL(path, import.meta.url));
    const starter = `
      const [{ ensureStarted }, { layoutOf }] = await Promise.all(${JSON.stringify(modules)}.map((url) => import(url)));
      await ensureStarted(layoutOf(${JSON.stringify(layout.directory)}), ${component});
      process.kill(process.pid, "SIGKILL");`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", starter], { stdio: "inherit" });
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    const started = record();
    expect(started).toBeDefined();
    if (endsWithStarter) await waitUntil(() => !isRunning(started), 60_000);
    expect(isRunning(started)).toBe(!endsWithStarter);
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
