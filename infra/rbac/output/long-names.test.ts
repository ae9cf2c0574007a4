import { expect, test } from "vitest";
import { binding, diff, role, rule } from "../test/sources.ts";
import { print } from "./print.ts";

const twins = (length: number) => ["1", "2"].map((one) => `${"a".repeat(length)}${one}${"z".repeat(length)}`);
const reportOn = (users: readonly string[]) =>
  diff(
    "",
    users.map((user, index) => binding(`b${index}`, "ClusterRole/r", [`user:${user}`])).join("") +
      role("r", `[${rule("get", "secrets")}]`),
  );

test("a picture has no two boxes that look the same, and none whose text is wider than it", () => {
  const svg = print(reportOn(twins(200)), "svg");
  const boxes = [...svg.matchAll(/<g><title>(?:User .*?)<\/title>(.*?)<\/g>/g)].map(([, box = ""]) =>
    [...box.matchAll(/<text class="name"[^>]*>([^<]*)<\/text>/g)].map(([, line]) => line),
  );
  expect(boxes).toHaveLength(2);
  expect(new Set(boxes.map((lines) => lines.join("\n"))).size).toBe(2);
  for (const line of boxes.flat()) expect(line?.length).toBeLessThanOrEqual(26);
});

test("a picture is one whatever its names hold", () => {
  const odd = ["\ufffe", "\uffff", "\u0001\u007f", "<&>\"'", "]]>", "\u{1ffff}"];
  const objects = odd
    .map((name, index) => binding(`b${index}`, "ClusterRole/r", [`user:${JSON.stringify(name).slice(1, -1)}`]))
    .join("");
  const svg = print(diff("", objects + role("r", `[${rule("get", "secrets")}]`)), "svg");
  expect(svg.match(/<title>User /g)).toHaveLength(odd.length);
  expect(svg).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
});

test("a comment tells names apart that are cut, also from one that is written like what they become", () => {
  const [first = "", second = ""] = twins(1100);
  const headOf = (users: readonly string[]) =>
    print(reportOn(users), "markdown")
      .split("\n")
      .flatMap((line) => /^\*\*(User .*)\*\* by /.exec(line)?.[1] ?? []);
  const shown = headOf([first, second]);
  expect(new Set(shown).size).toBe(2);
  const forged = (headOf([first])[0] ?? "").replace(/^User /, "").replaceAll("\\", "");
  expect(headOf([forged])).not.toEqual(headOf([first]));
});

test("a table is as wide as its usual names, whatever one of them is", () => {
  const report = diff(
    "",
    binding("b0", "ClusterRole/r", ["user:bot"]) +
      role("r", `[${rule("get", "secrets")}, ${rule("get", "a".repeat(500))}]`),
  );
  const line = print(report, "table")
    .split("\n")
    .find((one) => one.includes("get on secrets"));
  expect(line?.indexOf("everywhere")).toBeLessThan(90);
});
