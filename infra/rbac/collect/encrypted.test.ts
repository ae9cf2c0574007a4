import { describe, expect, it } from "vitest";
import { binding, diff, role, rule, sourceOf } from "../test/sources.ts";

const sops = "ENC[AES256_GCM,data:Zm9v,iv:YQ==,tag:Yg==,type:str]";
const vault = "<path:secret/data/team#role>";
const unresolved = (yaml: string) =>
  sourceOf(yaml).clusters[0]?.unresolved.map(({ object, detail }) => `${object} ${detail}`) ?? [];
const encrypted = expect.stringMatching(/holds encrypted values, which Flux or a plugin of Argo CD decrypts/);
const object = (apiVersion: string, kind: string, metadata: string, rest = "") =>
  `apiVersion: "${apiVersion}"\nkind: "${kind}"\nmetadata: ${metadata}\n${rest}`;

describe.each([
  ["SOPS", sops],
  ["a plugin of Argo CD", vault],
])("what %s decrypts when it delivers", (_, value) => {
  it.each([
    ["the kind of an object", object("v1", value, "{name: x}")],
    ["the version of an object", object(value, "ClusterRoleBinding", "{name: x}")],
    ["a rule", role("r", `[${rule(value, "pods")}]`)],
    ["a subject", binding("b", "ClusterRole/view", [`group:${value}`])],
    ["the name of a ConfigMap", object("v1", "ConfigMap", `{name: "${value}", namespace: kube-system}`)],
    ["the type of a Secret", object("v1", "Secret", "{name: x}", `type: "${value}"\n`)],
    ["an object in a list", `apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: "${value}"}]\n`],
  ])("is unresolved as %s", (_, yaml) => {
    expect(unresolved(yaml)).toContainEqual(encrypted);
  });

  it.each([
    ["a Secret", object("v1", "Secret", "{name: x}", `type: Opaque\ndata: {password: "${value}"}\n`)],
    ["a ConfigMap", object("v1", "ConfigMap", "{name: x}", `data: {url: "${value}"}\n`)],
    ["a custom resource", object("example.com/v1", "Database", "{name: x}", `spec: {password: "${value}"}\n`)],
  ])("is left alone as data of %s", (_, yaml) => {
    expect(unresolved(yaml)).toEqual([]);
  });
});

it("what is encrypted is the same as long as the text is", () => {
  const yaml = object("v1", sops, "{name: x}");
  expect(diff(yaml, yaml).verdict.outcome).toBe("nothing");
  expect(diff(yaml, yaml.replace("Zm9v", "YmFy")).verdict.outcome).toBe("undecided");
});
