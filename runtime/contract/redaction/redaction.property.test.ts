import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitLines } from "../support-bundle/lines.ts";
import { loadScrubber } from "./scrubber.ts";
import { bodyOf, hubKey, letters, pemKey, storageKey, tokens } from "./test/tokens.ts";

const scrubber = await loadScrubber();
/** So many characters of a secret one after the other are too many. */
const tooMany = 12;
const known = Object.entries({ ...tokens, "IoT Hub": hubKey, storage: storageKey });
const token = fc.constantFrom(...known.map(([, value]) => value));
const borders = [
  "",
  " ",
  "_",
  "-",
  "%22",
  "%2522",
  "\\n",
  '"',
  '\\"',
  '\\\\\\"',
  "\\u0022",
  "x",
  "9",
  "=",
  ":",
  ",",
  "/",
  "(",
  "é",
];
const surrounding = fc
  .tuple(fc.string({ maxLength: 30 }), fc.constantFrom(...borders))
  .map(([text, border]) => text.replaceAll("\n", " ") + border);
const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify({ message: text }),
  (text) => JSON.stringify({ log: JSON.stringify({ message: text }) }),
  (text) => encodeURIComponent(text.toWellFormed()),
  (text) => encodeURIComponent(encodeURIComponent(text.toWellFormed())),
  (text) => Buffer.from(JSON.stringify({ message: text })).toString("base64"),
  (text) => Buffer.from(JSON.stringify([{ message: text }])).toString("base64url"),
];
const encoding = fc.constantFrom(...encodings);
const time = fc.constantFrom("", "2026-03-01T11:00:00.123456789Z ");
const word = fc.constantFrom(
  "sensor",
  "started",
  "in",
  "12ms,",
  "GET",
  "/api/v1/pods",
  "200",
  "iotedged:",
  "retry=3",
  "ok",
);
/**
 * Words and no letters by chance: these would be the beginning of a token at times, such as `ewog` and `dapi`, which counts
 * inside of a word, too.
 */
const name = fc.constantFrom(
  ..."agent backend cache camera data edge filter gateway hub identity line logger machine metrics module nginx".split(
    " ",
  ),
  ..."observer plant proxy queue reader sensor server state status storage temperature upstream volume worker".split(
    " ",
  ),
);
const plainLine = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => `${words.join(" ")}.\n`);

/** Parts of a secret, after what tells its kind, that a text still has. */
function partsLeft(text: string, secret: string): string[] {
  const parts: string[] = [];
  for (let at = 4; at + tooMany <= secret.length; at++) parts.push(secret.slice(at, at + tooMany));
  return parts.filter((part) => text.includes(part));
}

async function scrubbed(text: string, chunk = 65_536): Promise<string> {
  async function* chunks() {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  }
  const parts: Buffer[] = [];
  for await (const part of scrubber.lines(splitLines(chunks()))) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("redaction", () => {
  it("lets no token of a known form through, in any surroundings and any encoding", () => {
    fc.assert(
      fc.property(surrounding, token, surrounding, encoding, (before, secret, after, encode) => {
        const whole = encode(before + secret + after);
        expect(
          partsLeft(scrubber.text(whole), encode === encodings[5] || encode === encodings[6] ? whole : secret),
        ).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("lets none through that a line's end has cut, wherever it did", async () => {
    const cut = fc.tuple(token, fc.nat({ max: 200 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(plainLine, { maxLength: 3 }),
        cut,
        time,
        fc.integer({ min: 1, max: 99 }),
        async (lines, [secret, at], stamp, chunk) => {
          const position = 1 + (at % (secret.length - 1));
          const text = [...lines, `got ${secret.slice(0, position)}\n`, `${secret.slice(position)}\n`]
            .map((line) => stamp + line)
            .join("");
          expect(partsLeft(await scrubbed(text, chunk), secret)).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("lets none through at the border of two blocks", async () => {
    const line = `${"sensor started in 12 ms, ".repeat(4)}\n`;
    const block = line.repeat(Math.ceil(65_536 / line.length));
    await fc.assert(
      fc.asyncProperty(token, fc.nat({ max: 400 }), fc.nat({ max: 60 }), async (secret, shift, at) => {
        const position = 1 + (at % (secret.length - 1));
        const text = `${"x ".repeat(shift)}\n${block.slice(0, -6 * line.length)}got ${secret.slice(0, position)}\n${secret.slice(position)}\n${block}`;
        const result = await scrubbed(text);
        expect(partsLeft(result, secret)).toEqual([]);
        expect(result.split("\n")).toHaveLength(text.split("\n").length);
      }),
      { numRuns: 25 },
    );
  });

  it("lets no value of a secret name through, with any sign between them", () => {
    const name = fc.constantFrom(
      "password",
      "DB_PASSWORD",
      "Pwd",
      "clientSecret",
      "sharedAccessKey",
      "primaryKey",
      "api-key",
      "access_token",
    );
    const sign = fc.constantFrom("=", ":", ": ", " = ", ":=", " => ", "%3D", "%3A%20", "==");
    const value = fc
      .stringMatching(/^[A-Za-z0-9!#$*+./?^_~-]{12,40}$/)
      .filter((text) => /\d/.test(text) && /[A-Z]/.test(text));
    const quote = fc.constantFrom("", '"', "'", '\\"', '\\\\\\"', "%22", "&quot;", "\\u0022");
    fc.assert(
      fc.property(surrounding, name, sign, quote, value, surrounding, (before, key, equals, mark, secret, after) => {
        const text = `${before} ${mark}${key}${mark}${equals}${mark}${secret}${mark} ${after}`;
        expect(scrubber.text(text)).not.toContain(secret);
      }),
      { numRuns: 1000 },
    );
  });

  it("lets no line of a private key through, however the log was cut", async () => {
    const kind = fc.constantFrom("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ");
    const prefix = fc.constantFrom("", "2026-03-01T11:00:00.1Z ", "INFO main - ", "2026-03-01T11:00:00.1Z stdout ");
    await fc.assert(
      fc.asyncProperty(
        kind,
        fc.integer({ min: 1, max: 50 }),
        fc.nat(),
        fc.nat(),
        prefix,
        async (type, lines, from, to, before) => {
          const pem = pemKey(lines, type);
          const all = pem.trimEnd().split("\n");
          const start = from % all.length;
          const end = start + 1 + (to % (all.length - start));
          const text = all
            .slice(start, end)
            .map((line) => `${before}${line}\n`)
            .join("");
          // A last line alone, with neither the line before nor the one after it, is a short word like any other.
          fc.pre(end - start > 1 || start !== all.length - 2);
          const result = await scrubbed(`what was before.\n${text}what came after.\n`);
          for (const line of bodyOf(pem)) expect(result).not.toContain(line);
          expect(result.startsWith("what was before.\n")).toBe(true);
          expect(result.endsWith("what came after.\n")).toBe(true);
        },
      ),
    );
  });

  it("gives the same whatever the pieces are in which a log comes", async () => {
    const text = `${letters(40)}\nDB_PASSWORD=${letters(9)}\n${pemKey()}fine\n`.repeat(30);
    const whole = await scrubbed(text);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (chunk) => {
        expect(await scrubbed(text, chunk)).toBe(whole);
      }),
      { numRuns: 30 },
    );
  });

  it("never fails, and leaves what is left as it is when it comes again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        const once = scrubber.text(text);
        expect(scrubber.text(once)).toBe(once);
      }),
    );
  });

  it("leaves text without secrets alone: words, addresses, ids, digests, times, paths", () => {
    const part = fc.oneof(
      word,
      fc.uuid(),
      fc.ipV4(),
      fc.ipV6(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
      fc
        .tuple(name, fc.stringMatching(/^[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/))
        .map(([deployment, pod]) => `${deployment}-${pod}`),
      fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => `/${names.join("/")}`),
      fc.tuple(name, fc.integer({ min: 10, max: 9999 })).map(([host, port]) => `${host}.example.com:${port}`),
      fc.float({ noNaN: true }).map(String),
      fc
        .array(name, { minLength: 1, maxLength: 4 })
        .map(([first = "", ...rest]) => first + rest.map((one) => one.charAt(0).toUpperCase() + one.slice(1)).join("")),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const text = parts.join(" ");
        expect(scrubber.text(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it("changes fewer than one line in a hundred of this project's documentation, which speaks of secrets a lot", async () => {
    const root = join(import.meta.dirname, "../../..");
    const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
    const text = pages.map((name) => readFileSync(join(root, "docs", name), "utf8")).join("\n");
    const lines = text.split("\n");
    const result = (await scrubbed(text)).split("\n");
    expect(result).toHaveLength(lines.length);
    const changed = lines.filter((line, index) => line !== result[index]);
    expect(changed.length).toBeLessThan(lines.length / 100);
  });

  it.each([
    "eyJ-",
    "bearer ",
    "sig=",
    "a.",
    "password=",
    'password="',
    "xoxb-",
    "://a:",
    "://a:b@",
    "mongodb://a:",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----\\n",
    "\\",
    "%22",
    "%25",
    "aA0",
    "A/",
    "authorization: x ",
    "curl -u ",
    "login a password ",
    "0000000000:AA",
    "abc8Q~",
    "ewog%2B",
    "SG.aaaaaaaa.",
    "$2y$",
    "--a-password ",
    "key is ",
    "a1\n",
    "ghp_a\n",
  ])(
    "takes time in proportion to the text, also where it repeats %j",
    async (part) => {
      const text = part.repeat(Math.floor(1_000_000 / part.length));
      expect(scrubber.text(text).length).toBeLessThan(12 * text.length);
      expect((await scrubbed(text)).length).toBeLessThan(12 * text.length);
    },
    60_000,
  );
});
