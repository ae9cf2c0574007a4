import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium as driver, type Page } from "playwright-core";
import { chromium, ensureChromium } from "./debian-packages.ts";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The ways in which a page is looked at. */
export const looks = [
  { name: "wide and light", width: 1280, scheme: "light" },
  { name: "wide and dark", width: 1280, scheme: "dark" },
  { name: "narrow and light", width: 380, scheme: "light" },
  { name: "narrow and dark", width: 380, scheme: "dark" },
] as const;
export type Look = (typeof looks)[number];

/** What somebody could complain of. */
export interface Complaints {
  /** What the browser has told of errors, policies that were broken included. */
  readonly errors: readonly string[];
  /** What axe has found against accessibility. */
  readonly axe: readonly string[];
  /** By how many pixels the page is wider than its window. */
  readonly tooWide: number;
}

/** Debian's Chromium; undefined where it is not there and cannot be installed. */
export async function launchBrowser(): Promise<Browser | undefined> {
  await ensureChromium();
  if (!existsSync(chromium)) return undefined;
  // Its sandbox does not start as root; the pages that it is given here are our own.
  return driver.launch({ executablePath: chromium, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

export function newContext(browser: Browser, { width, scheme }: Look): Promise<BrowserContext> {
  // axe is put into pages that load no script of others.
  return browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, bypassCSP: false });
}

/** Collects what goes wrong in a page, from its beginning. */
export function collectErrors(page: Page): readonly string[] {
  const errors: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("requestfailed", (request) => {
    // A page that is left ends what it follows.
    const isOver = request.failure()?.errorText === "net::ERR_ABORTED";
    if (!isOver) errors.push(`${request.url()}: ${request.failure()?.errorText}`);
  });
  return errors;
}

export async function complaintsOf(page: Page, errors: readonly string[]): Promise<Complaints> {
  const told = [...errors];
  // As a debugger does, past the page's policy, which would let no other script in.
  const session = await page.context().newCDPSession(page);
  const source = await readFile(axeFile, "utf8");
  const expression = `${source}; axe.run(document, { resultTypes: ["violations"] })`;
  const options = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", options);
  if (exceptionDetails !== undefined) throw new Error(`axe failed: ${JSON.stringify(exceptionDetails)}`);
  await session.detach();
  const { violations } = result.value as AxeResults;
  const axe = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
  const tooWide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  return { errors: told, axe, tooWide: Number(tooWide) };
}

export const noComplaints: Complaints = { errors: [], axe: [], tooWide: 0 };
