import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { progress } from "../../test/support/progress.ts";
import { type Outcome, runProgram } from "../../test/support/run-program.ts";
import { ensureSchemaTools } from "../../test/support/schema-tools.ts";

const checkout = resolve(import.meta.dirname, "../..");
const minutes = 60_000;
let folder: string;
let tools: string;
// biome-ignore lint/suspicious/noExplicitAny: tests break it in many places
let schema: any;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "edge-sdks-"));
  tools = await ensureSchemaTools(progress);
  schema = JSON.parse(await readFile(join(checkout, "infra/provider/schema.json"), "utf8"));
  // The plugin fills in its own.
  schema.version = "0.1.0";
}, 20 * minutes);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Judges a schema, and writes its SDK into the folder of that name. */
const generate = (language: "go" | "python", of: object = schema, into: string = language): Promise<Outcome> =>
  runProgram(join(tools, "pulumi-sdk"), [language, join(folder, into)], { input: JSON.stringify(of) });

const images = "iotedge:index:ImagesArgs";
const broken: readonly (readonly [what: string, change: (of: typeof schema) => void, says: RegExp])[] = [
  [
    "a type that there is none of",
    ({ types }) => Object.assign(types[images].properties.proxy, { type: "text" }),
    /ImagesArgs/,
  ],
  [
    "a reference to nothing",
    ({ types }) => Object.assign(types[images].properties, { proxy: { $ref: "#/types/iotedge:index:Nothing" } }),
    /Nothing/,
  ],
  ["no name", (of) => Reflect.deleteProperty(of, "name"), /name/],
  ["a token of another form", ({ resources }) => Object.assign(resources, { Edge: { isComponent: true } }), /Edge/],
];

describe("the schema of EdgeInstallation", () => {
  it("is one for Pulumi: its metaschema takes it, and every reference leads somewhere", async () => {
    expect(await generate("go")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it.each(broken)("would not be with %s", async (_, change, says) => {
    const other = structuredClone(schema);
    change(other);
    expect(await generate("go", other, "broken")).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
  });
});
