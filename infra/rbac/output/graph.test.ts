import { expect, test } from "vitest";
import { binding, diff, role, rule } from "../test/sources.ts";
import { toSvg } from "./graph.ts";
import { pictureStyle } from "./graph-style.ts";

/** What GitHub shows a picture of a comment in, at the least, in pixels. */
const column = 830;
const readable = 11;

const secrets = role("r", `[${rule("get list", "secrets")}, ${rule("get", "pods")}]`);
const svg = toSvg(diff("", secrets + binding("b", "ClusterRole/r", ["user:ann"])));
const textsOf = (picture: string, kind: string) =>
  [...picture.matchAll(new RegExp(`<text class="${kind}"[^>]*>([^<]*)<`, "g"))].map(([, text]) => text);

test("is readable in a column of GitHub: all of its text has 11 px or more there", () => {
  const width = Number(/^<svg [^>]*width="(\d+)"/.exec(svg)?.[1]);
  const sizes = [...pictureStyle.matchAll(/(\d+)px/g)].map(([, size]) => Number(size));
  expect(sizes.length).toBeGreaterThan(2);
  for (const size of sizes) expect(size * Math.min(1, column / width)).toBeGreaterThanOrEqual(readable);
});

test("says how bad a permission is, and what becomes of it, in words and signs beside colours", () => {
  expect(textsOf(svg, "badge-text")).toEqual(["critical"]);
  expect(textsOf(svg, "sign gained")).toEqual(["+", "+"]);
  expect(svg).toContain("+ gained");
  expect(svg).not.toContain("- lost");
  const lost = toSvg(diff(secrets + binding("b", "ClusterRole/r", ["user:ann"]), secrets));
  expect(textsOf(lost, "sign lost")).toEqual(["-", "-"]);
  expect(textsOf(lost, "badge-text")).toEqual([]);
  expect(lost).toContain("- lost");
});

test("a way has its number at the permission where it begins, and its stops are marked", () => {
  const account = (name: string) =>
    `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}, namespace: ci}\n---\n`;
  const admin = binding("admin", "ClusterRole/cluster-admin", ["sa:ci/deployer"]);
  const base = account("deployer") + admin;
  const jobs =
    role("jobs", `[${rule("create", "jobs", "batch")}]`) + binding("interns", "ClusterRole/jobs", ["group:interns"]);
  const picture = toSvg(diff(base, base + jobs));
  const [number] = textsOf(picture, "mark-text");
  expect([number, textsOf(picture, "mark-text").length]).toEqual(["1", 2]);
  expect(picture).toMatch(/<rect class="node risky led"/);
  expect(picture).toMatch(/<path class="edge gained leads"/);
  expect(textsOf(picture, "way").join("")).toContain("cluster-admin");
});

test("two rules that find something about one permission number it with both ways, and the same way is told once", () => {
  const account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: deployer, namespace: ci}\n---\n";
  const base = account + binding("admin", "ClusterRole/cluster-admin", ["sa:ci/deployer"]);
  const all = role("all", `[${rule("get list watch create update patch", "secrets")}]`);
  const picture = toSvg(diff(base, base + all + binding("b", "ClusterRole/all", ["user:ann"])));
  expect(textsOf(picture, "sign kept")).toEqual([]);
  const ways = picture.slice(picture.indexOf("where it leads"));
  expect(new Set(textsOf(ways, "mark-text")).size).toBe(textsOf(ways, "mark-text").length);
});
