import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { startControlPlane } from "../../infra/local-cluster/control-plane/start-control-plane.ts";
import { documentedYaml } from "../support/documented-yaml.ts";
import { defineExternalSecrets } from "../support/external-secrets.ts";
import { runProgram } from "../support/run-program.ts";

const minute = 60_000;
let directory: string;
let cluster: Awaited<ReturnType<typeof startControlPlane>>;

const kubectl = (...args: string[]) => runProgram(cluster.kubectl, ["--kubeconfig", cluster.kubeconfig, ...args]);

/** As the page shows it, and for the identity key as the page says. */
async function documented() {
  const [ofCa] = await documentedYaml("gitops.md", "kind: ExternalSecret");
  const { template: _, ...target } = ofCa.spec.target;
  const name = "line-1-identity";
  const data = [{ secretKey: "identity.key", remoteRef: { key: "line-1/identity", property: "key" } }];
  const spec = { ...ofCa.spec, target: { ...target, name }, data };
  return [ofCa, { ...ofCa, metadata: { ...ofCa.metadata, name }, spec }];
}

async function create(object: object) {
  const file = join(directory, "object.yaml");
  await writeFile(file, stringify(object));
  return kubectl("create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", file);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-external-secrets-"));
  cluster = await startControlPlane({ directory: join(directory, "plane") });
  await defineExternalSecrets(cluster);
  await kubectl("create", "namespace", "line-1");
}, 5 * minute);
afterAll(async () => {
  await cluster?.stop();
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

describe("the documented ExternalSecrets", () => {
  it("are taken by the operator's own definition, every field of them", async () => {
    for (const object of await documented()) {
      const { code, stdout, stderr } = await create(object);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(stdout)).toMatchObject(object);
    }
  });

  it("would be refused with a field or a value that the definition does not have", async () => {
    const [object] = await documented();
    const { spec } = object;
    const unknown = await create({ ...object, spec: { ...spec, target: { ...spec.target, policy: "Orphan" } } });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown field "spec.target.policy"') });
    const wrong = await create({ ...object, spec: { ...spec, target: { ...spec.target, creationPolicy: "Keep" } } });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('Unsupported value: "Keep"') });
  });
});
