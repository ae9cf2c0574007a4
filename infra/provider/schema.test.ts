import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defaults } from "../installation/index.ts";

interface Property {
  readonly description?: string;
}
interface Group extends Property {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly inputProperties?: Readonly<Record<string, Property>>;
  readonly enum?: readonly (Property & { readonly name: string })[];
}
const schema = JSON.parse(readFileSync(new URL("schema.json", import.meta.url), "utf8")) as {
  readonly resources: Readonly<Record<string, Group>>;
  readonly types: Readonly<Record<string, Group>>;
};
const short = (name: string) => name.slice(name.lastIndexOf(":") + 1);
const described = Object.entries({ ...schema.resources, ...schema.types }).flatMap(([name, group]) => [
  ...(group.enum === undefined ? [[short(name), group] as const] : []),
  ...[group.inputProperties, group.properties].flatMap((properties = {}) =>
    Object.entries(properties).map(([key, property]) => [`${short(name)}.${key}`, property] as const),
  ),
  ...(group.enum ?? []).map((member) => [`${short(name)}.${member.name}`, member] as const),
]);

describe("the schema of EdgeInstallation", () => {
  it("says what each type, input and output is, in sentences", () => {
    expect(described.length).toBeGreaterThan(90);
    const without = described.filter(([, { description = "" }]) => !/^[A-Z`].*\.$/s.test(description));
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it("says what counts where an optional input is left out, as it is in the code", () => {
    const groups = {
      IotedgedArgs: "iotedged",
      EdgeAgentArgs: "edgeAgent",
      ProxyArgs: "proxy",
      TrustArgs: "trust",
    } as const;
    const wrong = Object.entries(groups).flatMap(([type, group]) =>
      Object.entries(defaults[group]).flatMap(([key, value]) => {
        const { description = "" } = schema.types[`iotedge:index:${type}`]?.properties?.[key] ?? {};
        const isScalar = typeof value !== "object";
        return !isScalar || description.includes(`Default: \`${JSON.stringify(value)}\`.`) ? [] : [`${group}.${key}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});
