import { describe, expect, it } from "vitest";
import { loadScrubber } from "./scrubber.ts";
import { harmless, samples } from "./test/samples.ts";

const scrubber = await loadScrubber();

async function scrubbed(text: string): Promise<string> {
  async function* lines() {
    for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) yield Buffer.from(line);
  }
  const parts: Buffer[] = [];
  for await (const part of scrubber.lines(lines())) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe.each(Object.entries(samples))("samples %s", (_, list) => {
  it.each(list)("$what: nothing of it is left, in a text or in lines", async ({ text, secrets }) => {
    expect(secrets.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      expect(secret).not.toBe("");
      expect(text).toContain(secret);
    }
    const inLines = await scrubbed(`what was before\n${text}\nwhat came after\n`);
    expect(inLines.startsWith("what was before\n")).toBe(true);
    expect(inLines.endsWith("\nwhat came after\n")).toBe(true);
    for (const result of [scrubber.text(text), inLines]) {
      expect(result).toContain("[redacted]");
      for (const secret of secrets) expect(result).not.toContain(secret);
    }
  });
});

it("has samples of every kind", () => {
  expect(Object.values(samples).flat().length).toBeGreaterThanOrEqual(90);
});

it.each(harmless)("leaves alone: %s", async (line) => {
  expect(scrubber.text(line)).toBe(line);
  expect(await scrubbed(`${line}\n`)).toBe(`${line}\n`);
});
