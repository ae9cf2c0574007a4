import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { releaseChangelog, releaseNotes } from "./changelog.ts";

const changelog = (...kinds: readonly string[]) =>
  ["# Changelog", "", "## Unreleased", ...kinds.flatMap((kind) => ["", `### ${kind}`, "", "- A line."]), ""].join("\n");
const earlier = "\n## 0.1.0 - 2026-11-01\n\n### Added\n\n- The first.\n";
const date = "2026-11-30";
const versionOf = (current: string, ...kinds: string[]) =>
  releaseChangelog(changelog(...kinds), { current, date }).version;

describe("releaseChangelog", () => {
  it.each([
    ["0.1.0", ["Added"], "0.2.0"],
    ["0.1.0", ["Changed", "Fixed"], "0.2.0"],
    ["0.2.3", ["Fixed", "Security"], "0.2.4"],
    ["1.2.3", ["Added", "Fixed"], "1.3.0"],
    ["1.2.3", ["Removed"], "2.0.0"],
    ["1.2.3", ["Security"], "1.2.4"],
  ])("after %s, with %j: %s", (current, kinds, version) => expect(versionOf(current, ...kinds)).toBe(version));

  it("makes Unreleased the section of the version, and leaves an empty one", () => {
    const { text } = releaseChangelog(changelog("Added") + earlier, { current: "0.1.0", date });
    expect(text).toBe(`# Changelog\n\n## Unreleased\n\n## 0.2.0 - ${date}\n\n### Added\n\n- A line.\n${earlier}`);
    expect(releaseNotes(text, "0.2.0")).toBe("### Added\n\n- A line.\n");
    expect(releaseNotes(text, "0.1.0")).toBe("### Added\n\n- The first.\n");
  });

  it("takes a higher version, and refuses a lower one", () => {
    const release = (version: string) => releaseChangelog(changelog("Added"), { current: "0.1.0", date, version });
    expect(release("1.0.0").version).toBe("1.0.0");
    expect(() => release("0.1.1")).toThrow("0.1.1 is no version that may follow 0.1.0");
    expect(() => release("0.2")).toThrow("0.2 is no version");
  });

  it.each([
    ["# Changelog\n", 'it has no "## Unreleased"'],
    [`# Changelog\n\n## Unreleased\n${earlier}`, 'nothing stands below "Unreleased"'],
    [changelog("Added") + earlier.replace("0.1.0", "0.2.0"), "it has a section of 0.2.0 already"],
  ])("refuses %j", (text, problem) => {
    expect(() => releaseChangelog(text, { current: "0.1.0", date })).toThrow(problem);
  });

  it("changes nothing but headings, whatever the entries hold", () => {
    const entry = fc.string({ unit: "grapheme" }).map((text) => `- ${text.replaceAll(/[\r\n]/g, " ")} $& $1`);
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
        const text = `# Changelog\n\n## Unreleased\n\n### Fixed\n\n${entries.join("\n")}\n`;
        const released = releaseChangelog(text, { current: "3.0.0", date });
        expect(released.version).toBe("3.0.1");
        expect(released.text.replace(`\n\n## 3.0.1 - ${date}`, "")).toBe(text);
      }),
    );
  });
});

it("has notes of versions that the changelog has alone", () => {
  expect(() => releaseNotes(earlier, "0.1")).toThrow("it has no section of 0.1");
});
