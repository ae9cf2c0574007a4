import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostileManifests, permissive } from "../../test/fixtures/hostile/manifests.ts";
import { ownObjectIn } from "./closed-objects.ts";
import { type Limit, limits } from "./limits.ts";
import { type ParsedManifest, parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";
import { noWork } from "./reading-cost.ts";

const fieldNames = [
  ...["User", "Hostname", "Tty", "StopTimeout", "Labels", "Env", "Healthcheck", "PortBindings", "NetworkMode"],
  ...["Privileged", "CapAdd", "SecurityOpt", "Devices", "Memory", "ShmSize", "Tmpfs", "GroupAdd", "Sysctls", "Mounts"],
] as const;

/** A quarter of the longest that there may be: what is counted here is less than the limits allow in any case. */
const manifests = hostileManifests(limits.characters.most / 4);
/** What was found out about each, for the table at the end. */
const verdicts = new Map<string, string>();

describe("a manifest that is made to take long", () => {
  it.each(manifests)("takes no more steps than its length allows: $what", ({ what, text }) => {
    const work = noWork();
    const document = text();
    expect(document.length).toBeLessThanOrEqual(limits.characters.most);
    const parsed = parseManifest(document, permissive, work);
    verdicts.set(what, verdictOf(parsed));
    const problems = [...(parsed.ok ? [] : parsed.errors), ...parsed.warnings].map(describeProblem);
    // A manifest with more values is refused before one of them is read.
    expect(work.read).toBeLessThanOrEqual(2 * limits.values.most);
    expect(work.checked).toBeLessThanOrEqual(limits.values.most);
    expect(work.searched).toBeLessThanOrEqual(limits.characters.most);
    expect(Math.max(0, ...problems.map(({ length }) => length))).toBeLessThanOrEqual(1024);
    if (!/^a (list|map|text): /.test(what)) return;
    // One field alone: what is beyond its limit is counted and not looked at.
    expect(work.read).toBeLessThanOrEqual(2 * limits.entries.most + 50);
    expect(work.checked).toBeLessThanOrEqual(limits.kubernetesValues.most);
    expect(work.searched).toBeLessThanOrEqual(limits.annotationBytes.most);
  });

  it("is refused by a limit that has a name, or read as any other", async () => {
    const rows = manifests.map(({ what }) => `| ${what} | ${verdicts.get(what)} |`);
    const table = ["| manifest | verdict |", "| --- | --- |", ...rows, ""].join("\n");
    await expect(table).toMatchFileSnapshot("golden/hostile-manifests.md");
  });

  it.each([...fieldNames])("is refused, and throws nothing, where %s is an object that is no text", (key) => {
    const strange = { toString: 1, valueOf: 1, toJSON: 1 };
    const createOptions = { [key]: strange, HostConfig: { [key]: strange } };
    const inList = { [key]: [strange], HostConfig: { [key]: [strange] } };
    for (const one of [createOptions, inList]) {
      const modules = { m: { settings: { image: "i", createOptions: one } } };
      expect(() => parseManifest(JSON.stringify({ schemaVersion: "1.1", modules }), permissive)).not.toThrow();
    }
  });

  it("has its backslashes looked at once each", () => {
    const work = noWork();
    const text = `${"\\".repeat(500_000)}uour-ca`;
    expect(ownObjectIn(text, permissive, work)).toBeUndefined();
    expect(ownObjectIn(`${text} our-ca`, permissive, work)).toBe("our-ca");
  });
});

describe("the limits", () => {
  const all: readonly Limit[] = Object.values(limits);

  it("each have a code of their own", () => {
    expect(new Set(all.map(({ code }) => code)).size).toBe(all.length);
  });

  it("stand in the documentation, each with its number", () => {
    const page = readFileSync(new URL("../../docs/deployment-manifest.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => line.startsWith("| `EDGE_LIMIT_"));
    expect(rows.map((row) => row.split(" | ").slice(0, 2).join(" "))).toEqual(
      all.map(({ code, most }) => `| \`${code}\` ${most}`),
    );
  });

  it("are far from what manifests of users have", () => {
    const folder = join(import.meta.dirname, "../edge-agent/fixtures/manifests");
    for (const file of readdirSync(folder)) {
      const work = noWork();
      parseManifest(readFileSync(join(folder, file), "utf8"), permissive, work);
      expect(work.values).toBeLessThan(limits.values.most / 100);
    }
  });

  it("take in 1000 modules of the size that users write", () => {
    const createOptions = {
      Env: Array.from({ length: 8 }, (_, index) => `SETTING_${index}=value of the setting`),
      ExposedPorts: { "8080/tcp": {} },
      HostConfig: { Binds: ["data:/data"], Memory: 67_108_864, PortBindings: { "8080/tcp": [{ HostPort: "8080" }] } },
    };
    const module = {
      type: "docker",
      status: "running",
      settings: { image: "registry.example.com/s:1", createOptions },
    };
    const modules = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`module-${index}`, module]));
    expect(parseManifest(JSON.stringify({ schemaVersion: "1.1", modules }))).toMatchObject({ ok: true });
  });
});

function verdictOf(parsed: ParsedManifest): string {
  if (parsed.ok) return "taken";
  const codes = parsed.errors.map((problem) => /EDGE_LIMIT_\w+/.exec(problem.message)?.[0]);
  const named = [...new Set(codes.filter((code) => code !== undefined))];
  return named.length === 0 ? "refused for what it says" : named.join(", ");
}
