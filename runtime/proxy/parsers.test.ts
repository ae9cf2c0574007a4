import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "./test/certificates.ts";
import { canRunProxy } from "./test/proxy.ts";
import { testToken } from "./test/token.ts";

const sources = ["bundle", "claims", "sha256", "token"].map((name) => `supervisor/${name}.c`);
const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/;

describe.skipIf(!(await canRunProxy()))("the supervisor's parsers", { timeout: 180_000 }, () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "proxy-parsers-"));
    const options = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-g", "-fsanitize=address,undefined"];
    const files = ["test/parse.c", ...sources];
    const output = join(directory, "parse");
    execFileSync("gcc", [...options, "-fno-sanitize-recover=all", "-o", output, ...files], {
      cwd: import.meta.dirname,
    });
  }, 60_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const parse = (kind: "T" | "B", contents: readonly Uint8Array[]) => {
    const input = contents.map((content) => `${kind}${Buffer.from(content).toString("hex")}\n`).join("");
    const output = execFileSync(join(directory, "parse"), { input, encoding: "latin1", maxBuffer: 1 << 26 });
    return output.split("\n").slice(0, -1);
  };
  const tokens = (contents: readonly (string | Uint8Array)[]) =>
    parse("T", contents.map(bytes)).map((line) => {
      const [valid, expiry, text] = line.split(" ");
      return { valid: valid === "1", expiry: Number(expiry), text };
    });
  const bundles = (contents: readonly (string | Uint8Array)[]) =>
    parse("B", contents.map(bytes)).map((line) => ({ valid: line[0] === "1", hash: line.slice(2) }));
  const bytes = (content: string | Uint8Array) => Buffer.from(content);

  it("take a token as it is, without the white space around it", () => {
    const token = testToken("a", { exp: 1_800_000_000 });
    expect(tokens([token, `\n ${token}\r\n`])).toEqual(
      Array(2).fill({ valid: true, expiry: 1_800_000_000, text: token }),
    );
  });

  it("take no token that could mean anything to nginx's configuration", () => {
    const piece = fc.oneof(
      fc.constantFrom("a", "b.", ".", "-_", "$", "{", "}", ";", '"', "'", "\\", "\n", "\r", " ", "\0", "#", "=", "/"),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    const content = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 200 }), (contents) => {
        for (const [index, found] of tokens(contents).entries()) {
          const trimmed = contents[index]?.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "") ?? "";
          expect(found.valid).toBe(jwt.test(trimmed) && !/[^\x20-\x7e]/.test(trimmed));
          expect(found.text).toBe(found.valid ? trimmed : "");
        }
      }),
      { numRuns: 20 },
    );
  });

  it("find the expiry that a JSON parser finds", () => {
    const claims = fc.record(
      {
        exp: fc.oneof(fc.nat(4_000_000_000), fc.string(), fc.constant(null), fc.record({ exp: fc.nat() })),
        aud: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
        sub: fc.constantFrom('"exp":1', '\\"exp\\":2,', '{"exp":3}', "exp"),
        nested: fc.record({ exp: fc.nat() }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(claims, { minLength: 1, maxLength: 100 }), (all) => {
        const found = tokens(all.map((one) => testToken("a", one)));
        const expected = all.map(({ exp }) => (typeof exp === "number" ? exp : 0));
        expect(found.map(({ expiry }) => expiry)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it("survive claims of any form", () => {
    const payload = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(bytes), fc.string().map(bytes));
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 200 }), (payloads) => {
        tokens(payloads.map((one) => `e30.${Buffer.from(one).toString("base64url")}.c2ln`));
      }),
      { numRuns: 20 },
    );
    const odd = ['{"exp":1', '{"exp":12345678901234567890}', '{"exp":-1}', '{"exp":1.5}', '[{"exp":1}]', '{"exp', "{"];
    const found = tokens(odd.map((one) => `e30.${Buffer.from(one).toString("base64url")}.c2ln`));
    expect(found.map(({ expiry }) => expiry)).toEqual(odd.map(() => 0));
  });

  it("hash what they read by SHA-256", () => {
    const sizes = [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000];
    const contents = sizes.map((size) => Buffer.alloc(size, "trust"));
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 50 }), (random) => {
        const all = [...contents, ...random];
        const expected = all.map((one) => createHash("sha256").update(one).digest("hex"));
        expect(bundles(all).map(({ hash }) => hash)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  it("take no bundle but whole certificates", async () => {
    const { pem } = await createAuthority("parsers");
    expect(bundles([pem, `# comment\n${pem}\n${pem}`]).map(({ valid }) => valid)).toEqual([true, true]);
    const broken = fc.oneof(
      fc.nat(pem.length - 10).map((length) => pem.slice(0, length)),
      fc.nat(pem.length).map((at) => `${pem.slice(0, at)}\0${pem.slice(at)}`),
      fc
        .constantFrom("", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        .map((key) => key + pem.slice(30)),
      fc.constant(`${pem}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`),
    );
    fc.assert(
      fc.property(fc.array(broken, { minLength: 1, maxLength: 100 }), (contents) => {
        expect(bundles(contents).map(({ valid }) => valid)).toEqual(contents.map(() => false));
      }),
      { numRuns: 20 },
    );
  });
});
