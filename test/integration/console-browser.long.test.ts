import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import "../support/provided.ts";
import { dataKeys, objectNames } from "#contract";
import { buildReport } from "../../infra/rollout/report/build-report.ts";
import { collectErrors, complaintsOf, launchBrowser, looks, newContext, noComplaints } from "../support/browser.ts";
import { administratorOf, startInstallation, type TestInstallation } from "./check/installation.ts";
import { type OpenedConsole, openConsole } from "./console/browser-session.ts";
import { addHostileModule, hostileId, payload } from "./console/hostile-module.ts";
import { sampleRunId, writeRollout } from "./console/sample-rollout.ts";

const browser: Browser | undefined = await launchBrowser();
const pictures = process.env.EDGE_TEST_PICTURES;
const namespace = `edge-page-${randomBytes(3).toString("hex")}`;
const modulePath = `modules/${namespace}/${encodeURIComponent(hostileId)}`;
let installation: TestInstallation;
let opened: OpenedConsole;
let report: string;

describe.skipIf(browser === undefined)("in Chromium", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    const admin = administratorOf(inject("kubeconfig"));
    installation = await startInstallation(admin, namespace);
    await addHostileModule(installation);
    installation.logs.set("/sensor", `one\n${payload}\n`);
    const { directory } = installation.project;
    const rollout = await writeRollout(directory);
    await rollout.goOn();
    report = join(directory, "report.html");
    await writeFile(report, buildReport(rollout.run, rollout.events));
    const cluster = ["--context", admin.context, "--kubeconfig", admin.kubeconfig, "-n", namespace];
    opened = await openConsole(cluster, directory);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await opened?.edgectl.kill();
    await installation?.stop();
  });

  /** A page that has come in by the printed address, in a browser of its own. */
  async function enter(
    look: (typeof looks)[number],
  ): Promise<{ page: Page; errors: readonly string[]; leave(): Promise<void> }> {
    const context = await newContext(browser as Browser, look);
    const page = await context.newPage();
    const errors = collectErrors(page);
    await page.goto(opened.address.href);
    await page.getByRole("heading", { level: 1, name: "Installations" }).waitFor();
    return { page, errors, leave: () => context.close() };
  }

  async function keepPicture(page: Page, name: string): Promise<void> {
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }

  const paths = [
    ["installations", ""],
    ["a module with its log", `modules/${namespace}/sensor`],
    ["permissions", "permissions"],
    ["trust", "trust"],
    ["rollouts", "rollouts"],
    ["a rollout", `rollouts/${sampleRunId}`],
  ] as const;

  it.each(looks)("pages have nothing to complain of, $name", async (look) => {
    const { page, errors, leave } = await enter(look);
    for (const [name, path] of paths) {
      await page.goto(opened.at(path).href);
      await page.getByText("Follows what happens").waitFor();
      await keepPicture(page, `${name} ${look.name}`.replaceAll(" ", "-"));
      expect(await complaintsOf(page, errors), name).toEqual(noComplaints);
    }
    await page.goto(pathToFileURL(report).href);
    await keepPicture(page, `report ${look.name}`.replaceAll(" ", "-"));
    expect(await complaintsOf(page, errors), "the report of a rollout").toEqual(noComplaints);
    await leave();
  });

  it("the timeline of a rollout is drawn alike in the console and in the report", async () => {
    const { page, leave } = await enter(looks[0]);
    const drawn = async () => {
      await page.locator("rect.failed").first().waitFor();
      const part = "document.querySelector('rect.failed')";
      return page.evaluate(`[getComputedStyle(${part}).fill, ${part}.parentElement.clientHeight]`);
    };
    await page.goto(pathToFileURL(report).href);
    const wanted = await drawn();
    expect(wanted).toEqual([expect.stringMatching(/^rgb\((?!0, 0, 0\))/), expect.any(Number)]);
    await page.goto(opened.at(`rollouts/${sampleRunId}`).href);
    expect(await drawn()).toEqual(wanted);
    await leave();
  });

  it("what modules call themselves, and log, is shown as text and never runs", async () => {
    const { page, errors, leave } = await enter(looks[0]);
    await page.getByText(payload).first().waitFor();
    await page.getByRole("link", { name: `Log of ${hostileId} in ${namespace}` }).click();
    await page.getByRole("heading", { level: 1, name: hostileId }).waitFor();
    expect(new URL(page.url()).pathname).toBe(opened.at(modulePath).pathname);
    await page.goto(opened.at(`modules/${namespace}/sensor`).href);
    await page.getByRole("log").getByText(payload).waitFor();
    expect(await page.evaluate("globalThis.taken")).toBeUndefined();
    expect(await page.locator("main img").count()).toBe(0);
    expect(errors).toEqual([]);
    await leave();
  });

  it("the address without the token lets nobody in, and a script cannot read the cookie", async () => {
    const context = await newContext(browser as Browser, looks[0]);
    const stranger = await context.newPage();
    const answer = await stranger.goto(opened.at("").href);
    expect(answer?.status()).toBe(401);
    await context.close();
    const { page, leave } = await enter(looks[0]);
    expect(await page.evaluate("document.cookie")).toBe("");
    await leave();
  });

  it("a page of another origin gets no answer of the console", async () => {
    const { page, leave } = await enter(looks[0]);
    await page.goto("about:blank");
    const taken = await page.evaluate(
      `fetch(${JSON.stringify(opened.at("").href)}, { credentials: "include" }).then(() => "read", () => "refused")`,
    );
    expect(taken).toBe("refused");
    await leave();
  });

  it("what changes in the cluster changes the page, and leaves the focus where it is", async () => {
    const { page, leave } = await enter(looks[0]);
    await page.getByText("Follows what happens").waitFor();
    const link = page.getByRole("link", { name: `Log of sensor in ${namespace}` });
    await link.focus();
    const { patch, configMap } = installation;
    const status = JSON.parse(await configMap(objectNames.status, dataKeys.status));
    const tell = (sensor: object) => {
      const told = { ...status, modules: { ...status.modules, sensor: { ...status.modules.sensor, ...sensor } } };
      const data = { [dataKeys.status]: JSON.stringify(told) };
      return patch(`/api/v1/namespaces/${namespace}/configmaps/${objectNames.status}`, { data });
    };
    await tell({ runtimeStatus: "backoff", statusDescription: "exit code 3" });
    await page.locator("tr", { hasText: "sensor" }).getByText("✗ backoff").waitFor();
    expect(await page.evaluate("document.activeElement.ariaLabel")).toBe(`Log of sensor in ${namespace}`);
    await tell({});
    await page.locator("tr", { hasText: "sensor" }).getByText("✓ running").waitFor();
    expect(await page.evaluate("document.activeElement.ariaLabel")).toBe(`Log of sensor in ${namespace}`);
    await leave();
  });

  it("says when the console has ended", async () => {
    const args = ["--context", installation.cluster.context, "--kubeconfig", inject("kubeconfig"), "-n", namespace];
    const another = await openConsole(args, installation.project.directory);
    const context = await newContext(browser as Browser, looks[0]);
    const page = await context.newPage();
    await page.goto(another.address.href);
    await page.getByText("Follows what happens").waitFor();
    another.edgectl.interrupt();
    await page.getByText("The console has ended").waitFor();
    expect(await another.edgectl.ended).toBe(130);
    await context.close();
  });
});
