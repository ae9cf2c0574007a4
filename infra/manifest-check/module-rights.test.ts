import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EdgeAgentArgs } from "../installation/args.ts";
import { moduleSettingsOf } from "../installation/module-settings.ts";
import { judgeManifest } from "./judge.ts";

/** A manifest that somebody brings along, for an installation that may have more than usual. */
interface Situation {
  readonly edgeAgent: EdgeAgentArgs;
  readonly manifest: object;
  /** What each of them says, in the order of the file. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** The narrowest profile that accepts it; absent where none does. */
  readonly profile?: string;
}

const folder = new URL("../../test/fixtures/module-rights/", import.meta.url);
const situations = readdirSync(folder).map((file): [string, Situation] => [
  file.replace(".json", ""),
  JSON.parse(readFileSync(new URL(file, folder), "utf8")),
]);

describe("rights that manifests ask for", () => {
  it.each(situations)("%s", (_, { edgeAgent, manifest, errors, warnings, profile }) => {
    const judgement = judgeManifest(JSON.stringify(manifest, null, 2), moduleSettingsOf(edgeAgent), "line-1");
    const said = (severity: string) =>
      judgement.findings
        .filter((one) => one.severity === severity)
        .map(({ message, remedy }) => `${message}. ${remedy}`);
    expect(said("error")).toEqual(errors.map((text) => expect.stringContaining(text)));
    expect(said("warning")).toEqual(warnings.map((text) => expect.stringContaining(text)));
    expect(judgement.accepted).toBe(errors.length === 0);
    expect(judgement.profile).toBe(profile);
    for (const { line, column } of judgement.findings)
      expect([line, column]).toEqual([expect.any(Number), expect.any(Number)]);
  });
});
