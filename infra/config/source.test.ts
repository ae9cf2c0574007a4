import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sourceFromEntries } from "./source.ts";

const directory = mkdtempSync(join(tmpdir(), "config-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("sourceFromEntries", () => {
  const source = sourceFromEntries({
    stack: "dev",
    projectRoot: directory,
    entries: [
      ["iotedge:installations", '[{"namespace":"a"}]'],
      ["iotedge:imagesFile", "1"],
      ["iotedge:images", "{broken"],
      ["iotedge:surplus", "true"],
      ["kubernetes:strictMode", "true"],
    ],
    secretKeys: ["iotedge:kubernetes", "aws:token"],
  });

  it("decodes JSON, keeps texts, and leaves out what belongs to others", () => {
    expect(source.values).toEqual({
      installations: [{ namespace: "a" }],
      imagesFile: "1",
      images: "{broken",
      surplus: true,
    });
    expect([...source.secretKeys]).toEqual(["kubernetes"]);
  });

  it("reads files of a sensible size, and says why not", () => {
    const small = join(directory, "small");
    const large = join(directory, "large");
    writeFileSync(small, "text");
    writeFileSync(large, "");
    truncateSync(large, 5 * 1024 * 1024);
    expect(source.readFile(small)).toEqual({ text: "text" });
    expect(source.readFile(large)).toEqual({ failure: "too large" });
    expect(source.readFile(join(directory, "none"))).toEqual({ failure: "missing" });
    writeFileSync(small, Buffer.from("\uFEFF{}", "utf16le"));
    expect(source.readFile(small)).toEqual({ failure: "UTF-16" });
    expect(source.readFile(directory)).toEqual({ failure: "no regular file" });
    // A pipe that nobody writes to, or a device, would be read for ever.
    expect(source.readFile("/dev/zero")).toEqual({ failure: "no regular file" });
  });

  it("reads a .env that is a file of its own, and follows no link", () => {
    const own = join(mkdtempSync(join(directory, "own-")), ".env");
    const variables = () => source.readFile(own, "variables");
    expect(variables()).toEqual({ failure: "missing" });
    mkdirSync(own);
    expect(variables()).toEqual({ failure: "missing" });
    rmdirSync(own);
    const elsewhere = join(directory, "elsewhere");
    writeFileSync(elsewhere, "DATABASE_URL=x");
    symlinkSync(elsewhere, own);
    expect(variables()).toEqual({ failure: "a symbolic link" });
    rmSync(own);
    execFileSync("mkfifo", [own]);
    expect(variables()).toEqual({ failure: "no regular file" });
    rmSync(own);
    writeFileSync(own, "A=".padEnd(256 * 1024 + 1, "x"));
    expect(variables()).toEqual({ failure: "too large" });
    writeFileSync(own, "A=1");
    expect(variables()).toEqual({ text: "A=1" });
  });
});
