import { describe, expect, it } from "vitest";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { oddSettings } from "../../test/fixtures/odd-modules.ts";
import { parseManifest } from "./parse-manifest.ts";
import { describeProblem } from "./problems.ts";

const image = "registry.example.com/a:1.0";
const read = (createOptions: object, more: object = {}) =>
  parseManifest(manifestText({ a: { settings: { image, createOptions } } }, more), oddSettings);
const warnings = (parsed: ReturnType<typeof parseManifest>) => parsed.warnings.map(describeProblem);

describe("the schema's version", () => {
  it.each(["1.0", "1.1", "1.1.0"])("%s is known", (schemaVersion) => {
    const parsed = read({}, { schemaVersion });
    expect(parsed).toMatchObject({ ok: true, manifest: { schemaVersion }, warnings: [] });
  });

  it.each(["1.2", "1.4", "1.10.3"])("%s is read as 1.1, with a word", (schemaVersion) => {
    const parsed = read({}, { schemaVersion });
    expect(parsed.ok).toBe(true);
    expect(warnings(parsed)).toEqual([expect.stringMatching(/^schemaVersion: "1\..*" is read as 1\.1/)]);
  });

  it.each(["2.0", "0.9", "1", "1.", "1.x", "11.0", "1.1.1.1.1", ""])("%j is refused", (schemaVersion) => {
    expect(read({}, { schemaVersion }).ok).toBe(false);
  });
});

describe("names of server certificates", () => {
  const listed = (name: string) => warnings(read({ "k8s-extensions": { serverNames: [name] } }));

  it.each(["ingest.example.com", "192.0.2.10", "2001:db8::1"])("%s may be one", (name) => {
    expect(listed(name)).toEqual([]);
  });

  it.each(["iotedged", "edgehub", "localhost", "a..b", "x:y", "kubernetes.default.svc", "x.edge-1"])(
    "%s is told to be none that anybody gets by listing it",
    (name) => {
      expect(listed(name)).toEqual([
        expect.stringContaining(`serverNames[0]: "${name}" ${name === "a..b" || name === "x:y" ? "is no" : "can be"}`),
      ]);
    },
  );
});

describe("what a pod has of its node anyway", () => {
  it("is the name of the node on the node's network, and users", () => {
    const parsed = read({ HostConfig: { NetworkMode: "host", UTSMode: "host", UsernsMode: "host" } });
    expect(parsed.ok).toBe(true);
    expect(warnings(parsed)).toEqual([]);
  });

  it.each(["/proc", "/proc/"])("is its %s, at this path alone", (path) => {
    expect(read({ HostConfig: { Binds: [`${path}:/proc`] } }).ok).toBe(true);
    expect(read({ HostConfig: { Binds: [`${path}:/proc/1`] } }).ok).toBe(false);
    expect(read({ HostConfig: { Binds: ["/srv:/proc"] } }).ok).toBe(false);
  });
});

it("takes search domains with a dot at the end, with _ and the root, and says which need a newer Kubernetes", () => {
  const parsed = read({ HostConfig: { DnsSearch: ["Corp.example.com.", "_tcp.example.com", "."] } });
  expect(parsed).toMatchObject({
    manifest: { modules: [{ pod: { dns: { searches: ["corp.example.com.", "_tcp.example.com", "."] } } }] },
  });
  expect(warnings(parsed)).toEqual([
    expect.stringContaining('DnsSearch[1]: "_tcp.example.com" is a search domain that Kubernetes takes since 1.33'),
    expect.stringContaining('DnsSearch[2]: "."'),
  ]);
});

it("names a sysctl by its place in the manifest, and what can be done", () => {
  const parsed = read({ HostConfig: { Sysctls: { "net.core.somaxconn": "1024" } } });
  expect(parsed.ok ? [] : parsed.errors.map(describeProblem)).toEqual([
    expect.stringMatching(/Sysctls\["net\.core\.somaxconn"\]: .* calls safe: .* Remove it, and set it on the node\.$/),
  ]);
});
