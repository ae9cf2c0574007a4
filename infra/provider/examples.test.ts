import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { type Language, usedProperties } from "./test/used-properties.ts";

interface Properties {
  readonly [name: string]: { readonly $ref?: string; readonly items?: { readonly $ref?: string } };
}
const schemaFile = fileURLToPath(new URL("schema.json", import.meta.url));
const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
const component = schema.resources["iotedge:index:EdgeInstallation"];
const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
const read = (file: string) => readFileSync(join(examples, file), "utf8");

/** SDKs call the types of inputs after those of the schema, with `Args` behind them. */
function schemaOf(type: string): { readonly properties: Properties; readonly required: readonly string[] } {
  if (/^EdgeInstallation(Args)?$/.test(type))
    return { properties: component.inputProperties, required: component.requiredInputs };
  return schema.types[`iotedge:index:${type.replace(/Args$/, "")}`];
}

const inSchema: Readonly<Record<Language, (name: string) => string>> = {
  python: (name) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
  go: (name) => name.replace(/^./, (letter) => letter.toLowerCase()),
  csharp: (name) => name.replace(/^./, (letter) => letter.toLowerCase()),
  java: (name) => name,
};
const files = { python: "python/__main__.py", go: "go/main.go", csharp: "csharp/Program.cs", java: "java/App.java" };
const used = (language: Language) =>
  usedProperties(read(files[language]), language).map(({ type, properties }) => ({
    type,
    properties: properties.map(inSchema[language]).filter((name) => name !== "opts"),
  }));

describe.each(Object.keys(files) as Language[])("the example in %s", (language) => {
  it("has no property that the schema does not know, and all that it needs", () => {
    const types = used(language);
    expect(types.map(({ type }) => type.replace(/^EdgeInstallation(Args)?$/, "EdgeInstallation")).sort()).toEqual([
      "EdgeAgentArgsArgs",
      "EdgeInstallation",
      "ImagesArgsArgs",
      "ModulePolicyArgsArgs",
    ]);
    for (const { type, properties } of types) {
      const known = schemaOf(type);
      expect(properties.filter((name) => !(name in known.properties))).toEqual([]);
      expect(properties).toEqual(expect.arrayContaining([...known.required]));
      expect(properties.length).toBeGreaterThan(0);
    }
  });
  it("keeps Secrets and ConfigMaps in place", () => {
    expect(read(files[language]).replaceAll("_", "").toLowerCase()).toMatch(
      /enablesecretmutable[\s\S]*enableconfigmapmutable/,
    );
  });
});

describe("the example in YAML", () => {
  const { resources } = parse(read("yaml/Pulumi.yaml"));

  it("has no property that the schema does not know, and all that it needs", () => {
    const unknown: string[] = [];
    const look = (values: Readonly<Record<string, unknown>>, properties: Properties, path: string) => {
      for (const [name, value] of Object.entries(values)) {
        const property = properties[name];
        if (property === undefined) unknown.push(`${path}${name}`);
        const ref = property?.$ref ?? property?.items?.$ref;
        const inner = ref === undefined ? undefined : schema.types[ref.slice("#/types/".length)]?.properties;
        if (inner === undefined) continue;
        for (const item of [value].flat()) look(item as Readonly<Record<string, unknown>>, inner, `${path}${name}.`);
      }
    };
    const { type, properties } = resources["line-1"];
    expect(type).toBe("iotedge:EdgeInstallation");
    look(properties, component.inputProperties, "");
    expect(unknown).toEqual([]);
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(component.requiredInputs));
  });
  it("keeps Secrets and ConfigMaps in place", () => {
    expect(resources.cluster.properties).toMatchObject({ enableSecretMutable: true, enableConfigMapMutable: true });
  });
});

describe("their languages", () => {
  const has = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: "ignore" }).status === 0;

  if (has("python3", "--version"))
    it("Python reads the example", () => {
      const script = "import ast, sys; ast.parse(sys.stdin.read())";
      const { stderr } = spawnSync("python3", ["-c", script], { input: read(files.python), encoding: "utf8" });
      expect(stderr).toBe("");
    });
  else process.stdout.write("The example in Python is not parsed: there is no python3 on the PATH.\n");

  if (has("pulumi", "version") && has("go", "version"))
    it("Go takes the example with the SDK that Pulumi makes of the schema", { timeout: 30 * 60_000 }, () => {
      const folder = temporaryDirectory();
      const run = (program: string, ...args: string[]) => {
        const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
        expect({ status, output: status === 0 ? "" : `${stdout}${stderr}` }).toEqual({ status: 0, output: "" });
      };
      // `gen-sdk` asks for a version.
      writeFileSync(join(folder, "schema.json"), JSON.stringify({ ...schema, version: "0.0.0" }));
      run("pulumi", "package", "gen-sdk", "schema.json", "--language", "go", "--out", "sdk");
      cpSync(join(folder, "sdk/go/iotedge"), join(folder, "iotedge"), { recursive: true });
      cpSync(join(examples, "go"), join(folder, "app"), { recursive: true });
      writeFileSync(join(folder, "go.mod"), "module example.com/pulumi-iotedge/sdk/go\n\ngo 1.25\n");
      run("go", "get", "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes@v4.32.0");
      run("go", "mod", "tidy");
      run("go", "vet", "./iotedge/...", "./app/...");
    });
  else process.stdout.write("SDKs are not generated and compiled: pulumi and go are not both on the PATH.\n");
});
