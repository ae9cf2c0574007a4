import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { findProjectDirectory, listStacks, loadProject } from "./project.ts";

const elsewhere = temporaryDirectory();
const directory = join(import.meta.dirname, "../../test/fixtures/render");

describe("loadProject", () => {
  test("merges defaults, the stack and overrides into texts", async () => {
    const project = await loadProject(directory, "strict", { "other:list": [1, { a: true }], installations: 3 });
    expect(Object.fromEntries(project.config)).toEqual({
      "fixture:installations": "3",
      "fixture:fault": "none",
      "kubernetes:namespace": "ignored",
      "pulumi:disable-default-providers": '["kubernetes"]',
      "other:list": '[1,{"a":true}]',
    });
    expect(project).toMatchObject({ name: "fixture", stack: "strict", program: join(directory, "program.ts") });
  });

  test.each([
    ["missing", "EDGE_RENDER_STACK_MISSING", "Use one of: broken, encrypted, esc, named, plain, sealed, strict"],
    ["../plain", "EDGE_RENDER_STACK_NAME", "the stacks are the files"],
    ["broken", "EDGE_RENDER_STACK_INVALID", "Repair the file"],
    ["encrypted", "EDGE_RENDER_ENCRYPTED_CONFIG", "without --secret"],
    ["esc", "EDGE_RENDER_ENVIRONMENT", "pulumi up"],
  ])("stack %s: %s", async (stack, code, remedy) => {
    await expect(loadProject(directory, stack)).rejects.toMatchObject({
      code,
      remedy: expect.stringContaining(remedy),
    });
  });

  test.each([
    ["12345678901234567890", false],
    ["1.10", false],
    ["0x1F", false],
    ["1e3", false],
    ["-0", false],
    ["&n 1.10", false],
    ["*other", false],
    ['"1.10"', true],
    ["1.5", true],
    ["-20", true],
  ])("a manifest in the stack's file gets no number with other digits: %s", async (written, isRead) => {
    const project = await mkdtemp(join(elsewhere, "digits-"));
    await writeFile(join(project, "Pulumi.yaml"), "name: p\nruntime: nodejs\n");
    const text = `config:\n  p:other: &other 1.10\n  p:installations:\n    - deployment: {env: {A: {value: ${written}}}}\n`;
    await writeFile(join(project, "Pulumi.a.yaml"), text);
    const loaded = await loadProject(project, "a").catch((error: Error) => error.message);
    expect(typeof loaded !== "string").toBe(isRead);
    if (!isRead)
      expect(loaded).toMatch(/the number at line [24], column \d+ would reach the manifest with other digits/);
  });

  test("encrypted values are named, not shown", async () => {
    const failure = loadProject(directory, "encrypted");
    await expect(failure).rejects.toThrow("the value of fixture:token, fixture:nested.list[0] is encrypted");
  });

  test.each([
    ["a:\n    b: 1\n    c: 2\n    b: 3", "line 5, column 5"],
    ['a: { b: 1, "b": 2 }', "line 2, column 14"],
    ["a:\n    1: x\n    '1': y", "line 4, column 5"],
    ["a: 1\n  a: 2", "line 3, column 3"],
  ])("a key that stands twice is refused with its place, wherever it does: %j", async (entry, place) => {
    const other = await mkdtemp(join(elsewhere, "twice-"));
    await writeFile(join(other, "Pulumi.yaml"), "name: p\nruntime: nodejs\n");
    await writeFile(join(other, "Pulumi.dev.yaml"), `config:\n  ${entry}\n`);
    await expect(loadProject(other, "dev")).rejects.toMatchObject({
      code: "EDGE_RENDER_STACK_INVALID",
      message: expect.stringContaining(
        `Pulumi.dev.yaml is not a stack configuration: the key at ${place} stands in its`,
      ),
    });
  });

  test("an encrypted kubeconfig is left out: rendering has no cluster", async () => {
    const { config, hasEncryptedKubeconfig } = await loadProject(directory, "sealed");
    expect(config.get("iotedge:kubernetes")).toBe('{"context":"factory"}');
    expect(hasEncryptedKubeconfig).toBe(true);
    expect((await loadProject(directory, "plain")).hasEncryptedKubeconfig).toBe(false);
  });

  test.each([
    ["runtime: python", "EDGE_RENDER_RUNTIME", "runs on python"],
    ["runtime: { name: yaml }", "EDGE_RENDER_RUNTIME", "runs on yaml"],
    ["main: x", "EDGE_RENDER_NO_PROJECT", "has no `runtime`"],
  ])("a project with %s: %s", async (line, code, message) => {
    const other = await mkdtemp(join(elsewhere, "other-"));
    await writeFile(join(other, "Pulumi.yaml"), `name: p\n${line}\n`);
    await writeFile(join(other, "Pulumi.dev.yaml"), "config: {}\n");
    await expect(loadProject(other, "dev")).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test("a directory without project", async () => {
    await expect(loadProject("/nowhere", "plain")).rejects.toMatchObject({ code: "EDGE_RENDER_NO_PROJECT" });
  });
});

test("stacks are those with a file", async () => {
  expect(await listStacks(directory)).toEqual(["broken", "encrypted", "esc", "named", "plain", "sealed", "strict"]);
});

test("the project is found from below", async () => {
  expect(await findProjectDirectory(join(directory, "stacks"))).toBe(directory);
  expect(await findProjectDirectory("/")).toBeUndefined();
});
