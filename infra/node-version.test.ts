import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { edgectlErrors } from "./edgectl/errors.ts";
import { requireNode } from "./node-version.cjs";

const refusal = (version: string) => {
  try {
    requireNode(version);
    return undefined;
  } catch (error) {
    return error as Error & { __pulumiRunError?: boolean };
  }
};

/** Loads one of the files that Pulumi starts with, by a Node that says that it is an older one. */
async function load(file: string, version: string): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const program = `
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: ${JSON.stringify(version)} } });
    import(${JSON.stringify(path)}).then(() => console.log("loaded"), ({ message }) => console.log(message));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", program]);
  return stdout.trim();
}

describe("the Node that Pulumi runs the program with", () => {
  it.each(["24.18.0", "24.21.0", "25.0.0", "100.1.1"])("%s will do", (version) => {
    expect(refusal(version)).toBeUndefined();
  });

  it.each(["24.17.9", "22.99.0", "20.20.2", "9.11.2"])(
    "%s is refused in one sentence, without a stack trace",
    (version) => {
      const error = refusal(version);
      expect(error?.message).toMatch(/^EDGE_CLI_NODE: .*24\.18 or newer; [^\n]*$/);
      expect(error?.message).toContain(version);
      expect(error?.__pulumiRunError).toBe(true);
    },
  );

  it("is told as docs/errors.md has it", () => {
    const { code, message, remedy } = edgectlErrors.EDGE_CLI_NODE({ version: "20.20.2", floor: "24.18" });
    expect(refusal("20.20.2")?.message).toBe(`${code}: ${message}; ${remedy}`);
  });

  it.each(["./index.mjs", "./policy/index.cjs"])("is checked by %s before anything else is loaded", async (file) => {
    expect(await load(file, "20.20.2")).toMatch(/^EDGE_CLI_NODE: [^\n]+$/);
  });

  it("is not in the way of one that will do", async () => {
    expect(await load("./index.mjs", process.versions.node)).toBe("loaded");
  });
});
