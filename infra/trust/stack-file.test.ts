import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { rootStates, type TrustRoot } from "../trust-model/roots.ts";
import type { TrustChange } from "./next-step.ts";
import { parseStackFile, writeStackFile } from "./stack-file.ts";

const plain = `# two lines
config:
  iotedge:installations:
    - namespace: edge-a # the first
      createNamespace: true

    # the second
    - namespace: edge-b
      trust:
        rootDays: 100 # short
        roots:
          # made in spring
          - { id: r1, state: active }
`;
const directory = temporaryDirectory();
const open = (text: string) => parseStackFile("Pulumi.x.yaml", text);
const r2: TrustChange = {
  roots: [
    { id: "r1", state: "retired" },
    { id: "r2", state: "active" },
  ],
};

describe("the stack's file", () => {
  it("says what is declared, with what is not said filled in", () => {
    expect([...open(plain).installations.keys()]).toEqual(["edge-a", "edge-b"]);
    const own = plain
      .replace("rootDays: 100", "workloadCa: { existingSecret: ours }")
      .replace("state: active", "state: retired");
    expect(open(own).installations.get("edge-b")).toEqual({
      roots: [{ id: "r1", state: "retired" }],
      workloadCa: "secret:ours",
    });
    const issued = plain.replace("rootDays: 100", "workloadCa: { certManager: { issuerRef: { name: line-ca } } }");
    expect(open(issued).installations.get("edge-b")?.workloadCa).toBe("secret:iotedged-issued-ca");
  });

  it("is changed where it has to be, and nowhere else", () => {
    const changed = open(plain).withChanges(
      new Map([
        ["edge-a", r2],
        ["edge-b", { ...r2, workloadCa: "w2" }],
      ]),
    );
    expect(changed).toBe(`# two lines
config:
  iotedge:installations:
    - namespace: edge-a # the first
      trust: { roots: [{ id: r1, state: retired }, { id: r2, state: active }] }
      createNamespace: true

    # the second
    - namespace: edge-b
      trust:
        rootDays: 100 # short
        workloadCa: { id: w2 }
        roots:
          # made in spring
          - { id: r1, state: retired }
          - { id: r2, state: active }
`);
  });

  it("keeps the entries that stay, whatever their style", () => {
    const roots = `roots:
          - id: r1 # old
            state: retired
          # in use
          - id: r2
            state: active # since May
`;
    const text = plain.replace(/roots:[\s\S]*$/, roots);
    const change = (text_: string, to: readonly TrustRoot[]) =>
      open(text_).withChanges(new Map([["edge-b", { roots: to }]]));
    expect(change(text, [{ id: "r2", state: "active" }])).toBe(
      text.replace("          - id: r1 # old\n            state: retired\n", ""),
    );
    const third = change(text, [
      { id: "r1", state: "revoked" },
      { id: "r2", state: "retired" },
      { id: "r3", state: "active" },
    ]);
    expect(third).toBe(
      `${text.replace("state: retired", "state: revoked").replace("state: active #", "state: retired #")}          - { id: r3, state: active }\n`,
    );
    const flow = plain.replace(
      /trust:[\s\S]*$/,
      "trust: { rootDays: 9, roots: [ {id: r1, state: active} ] } # short\n",
    );
    expect(
      change(flow, [
        { id: "r1", state: "active" },
        { id: "r2", state: "next" },
      ]),
    ).toBe(flow.replace("[ {id: r1, state: active} ]", "[{ id: r1, state: active }, { id: r2, state: next }]"));
    const empty = plain.replace(/trust:[\s\S]*$/, "trust: {}\n");
    expect(change(empty, [{ id: "r1", state: "active" }])).toBe(
      empty.replace("{}", "{ roots: [{ id: r1, state: active }] }"),
    );
  });

  it.each(["local", "example"])("of stack %s keeps its comments", (stack) => {
    const text = readFileSync(new URL(`../../stacks/Pulumi.${stack}.yaml`, import.meta.url), "utf8");
    const file = open(text);
    const [namespace = ""] = file.installations.keys();
    const changed = file.withChanges(new Map([[namespace, r2]]));
    const comments = (one: string) => one.match(/#[^"\n]*$/gm);
    expect(comments(changed)).toEqual(comments(text));
    expect(open(changed).installations.get(namespace)?.roots).toEqual(r2.roots);
    expect(file.withChanges(new Map())).toBe(text);
  });

  it("is left alone where edgectl cannot tell what to change", () => {
    const change = (text: string) => () => open(text).withChanges(new Map([["edge-b", r2]]));
    const alias = `shared: &trust { rootDays: 10 }\n${plain.replace(/trust:[\s\S]*$/, "trust: *trust\n")}`;
    for (const text of [alias, "config: {}", "config: [", "- 1", plain.replace("namespace: edge-b", "name: edge-b")]) {
      expect(change(text)).toThrow(expect.objectContaining({ code: "EDGE_TRUST_STACK_FILE" }));
    }
  });

  it("survives any text, and any roots", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          open(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "EDGE_TRUST_STACK_FILE" });
        }
      }),
    );
    const fields = { id: fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/), state: fc.constantFrom(...rootStates) };
    const root = fc.record(fields, { noNullPrototype: true });
    fc.assert(
      fc.property(fc.uniqueArray(root, { selector: ({ id }) => id, minLength: 1 }), (roots) => {
        const changed = open(plain).withChanges(new Map([["edge-b", { roots }]]));
        expect(parse(changed).config["iotedge:installations"][1].trust.roots).toEqual(roots);
        expect(open(changed).installations.get("edge-b")?.roots).toEqual(roots);
      }),
    );
  });
});

it("is replaced with its permissions, where a symbolic link points, and leaves nothing else behind", async () => {
  const [real, link] = [join(directory, "real.yaml"), join(directory, "Pulumi.x.yaml")];
  writeFileSync(real, plain);
  chmodSync(real, 0o640);
  symlinkSync("real.yaml", link);
  await writeStackFile(link, "config: {}\n");
  expect(readFileSync(real, "utf8")).toBe("config: {}\n");
  expect((statSync(real).mode & 0o777).toString(8)).toBe("640");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  const failed = writeStackFile(join(directory, "missing", "Pulumi.x.yaml"), "");
  await expect(failed).rejects.toMatchObject({ code: "EDGE_TRUST_STACK_FILE" });
  expect(readdirSync(directory).sort()).toEqual(["Pulumi.x.yaml", "real.yaml"]);
});
