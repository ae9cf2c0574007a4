import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { EdgeError } from "#base";
import { cleanJson, cleanLine, cleanText } from "./clean-text.ts";
import { createOutput } from "./output.ts";
import { createProgress } from "./progress.ts";
import { reportError } from "./report-error.ts";

const rightToLeft = "\u202e";
const name = `x\n::error title=pwned::found\u001b[2J${rightToLeft}\u2028##[error]a ##vso[task.complete]\u009b`;

/** Nothing but what can be seen, and breaks of lines. */
const plain = /^[\n\p{L}\p{N}\p{P}\p{S} ]*$/u;

test("a line holds nothing that a terminal or a log acts on", () => {
  expect(cleanLine(name)).toBe(
    String.raw`x\u000a: :error title=pwned::found\u001b[2J\u202e\u2028# #[error]a # #vso[task.complete]\u009b`,
  );
});

test.each([
  ["another character that is not seen", "a\u202eb", "a\u202db"],
  ["what an escape looks like", "a\u202eb", String.raw`a\u202eb`],
  ["a letter of another script", "admins", "\u0430dmins"],
  ["a letter of another script", "\u0430dmins", "adm\u0456ns"],
  ["a space of another kind", "a b", "a\u00a0b"],
  ["a mark instead of the letter that has it", "caf\u00e9", "cafe\u0301"],
])("two names that differ by %s do not look the same", (_, one, other) => {
  const [a, b] = [cleanLine(one), cleanLine(other)];
  expect(a.normalize("NFC")).not.toBe(b.normalize("NFC"));
  for (const shown of [a, b]) expect(shown).toMatch(/^[\x20-\x7e\u00e9]*$/);
});

test("no character, whichever it is, stays in a line that XML has no place for", () => {
  // https://www.w3.org/TR/xml/#charsets
  const inXml = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
  for (let first = 0; first <= 0x10ffff; first += 0x1000) {
    const text = Array.from({ length: 0x1000 }, (_, index) => `${String.fromCodePoint(first + index)} `).join("");
    expect(inXml.test(cleanLine(text)), first.toString(16)).toBe(true);
    expect(inXml.test(cleanJson(JSON.stringify(text))), first.toString(16)).toBe(true);
  }
  expect(cleanLine("a\ufffe\uffff\u{1ffff}")).toBe(String.raw`a\ufffe\uffff\ud83f\udfff`);
});

test("a text keeps its lines", () => {
  expect(cleanText("a\nb")).toBe("a\nb");
  expect(cleanText(name)).toMatch(/^x\n: :error /);
});

test.each([
  "urn:pulumi:dev::p::kubernetes:core/v1:Pod::web",
  "[::1]:6443",
  "::ffff:10.0.0.1",
  "ünï 🚀 a#b ## c",
  "DOMAIN\\user",
  "администраторы",
  "管理者",
  "हिन्दी",
])("%s stays as it is", (text) => {
  expect(cleanLine(text)).toBe(text);
  expect(cleanJson(JSON.stringify(text))).toBe(JSON.stringify(text));
});

test("JSON says the same, in plain characters", () => {
  const json = cleanJson(JSON.stringify({ name }));
  expect(JSON.parse(json)).toEqual({ name });
  expect(json).toMatch(plain);
});

test.each([false, true])("errors are cleaned, as JSON (%s) and with their traces", (json) => {
  const error = new EdgeError("EDGE_TEST", name, name, { cause: new Error(name) });
  const { text } = reportError(error, { json, debug: true });
  expect(text).toMatch(plain);
  expect(text).not.toMatch(/^\s*::error|##\[|##vso/m);
  expect(text).toContain("title=pwned");
});

test.each([false, true])("progress is cleaned, on a terminal (%s) too", async (isTTY) => {
  let shown = "";
  const progress = createProgress({ isTTY, columns: 1000, write: (text) => (shown += text) }, () => 0);
  progress.note(name);
  await progress.step(name, async (tell) => tell(name));
  await expect(progress.step(name, () => Promise.reject(new Error("x")))).rejects.toThrow("x");
  // What moves the cursor is the spinner's own.
  const lines = shown.replaceAll("\r\u001b[2K", "");
  expect(lines).toMatch(plain);
  expect(lines).not.toMatch(/^\s*::error|##\[|##vso/m);
  expect(lines).toContain("title=pwned");
});

test("JSON of a command is cleaned, and says the same", async () => {
  const chunks: Buffer[] = [];
  const stream = new PassThrough().on("data", (chunk) => chunks.push(chunk));
  await createOutput(stream).json({ name });
  const json = Buffer.concat(chunks).toString("utf8");
  expect(json).toMatch(plain);
  expect(JSON.parse(json)).toEqual({ name });
});
