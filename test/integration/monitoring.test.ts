import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { recordInstallation } from "../../infra/installation/test/sample.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

/** Custom resources of the Prometheus operator, by the kind whose installation has one. */
const kinds = [
  ["PrometheusRule", "prometheusrules"],
  ["PodMonitor", "podmonitors"],
] as const;
const group = "monitoring.coreos.com";
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface CustomResource {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: object;
}

interface Definition {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

let namespace: TestNamespace;
let objects: ReadonlyMap<string, CustomResource>;

beforeAll(async () => {
  namespace = await createTestNamespace(inject("kubeconfig"), "edge-monitoring");
  for (const [, plural] of kinds) await waitFor(`${plural} to be served`, () => isServed(plural));
  const monitoring = { prometheusRule: true, podMonitor: true, labels: { release: "prometheus" } };
  const { all } = await recordInstallation({ namespace: namespace.name, monitoring });
  objects = new Map(kinds.map(([kind]) => [kind, all(kind)[0]?.inputs as CustomResource]));
});

afterAll(() => namespace?.remove());

async function isServed(plural: string): Promise<true | undefined> {
  const path = `${definitions}/${plural}.${group}`;
  const { status } = await namespace.client.call<Definition>({ verb: "get", path });
  const isEstablished = status?.conditions?.some((one) => one.type === "Established" && one.status === "True");
  await namespace.client.call({ verb: "list", path: namespace.path(`apis/${group}/v1`, plural) });
  return isEstablished ? true : undefined;
}

function apply(plural: string, object: CustomResource): Promise<CustomResource> {
  return namespace.client.call({
    verb: "patch",
    path: namespace.path(`apis/${group}/v1`, plural, object.metadata.name),
    query: { fieldManager: "edgectl", fieldValidation: "Strict" },
    contentType: "application/apply-patch+yaml",
    body: object,
  });
}

function objectOf(kind: string): CustomResource {
  const object = objects.get(kind);
  if (object === undefined) throw new Error(`the installation declares no ${kind}`);
  return object;
}

describe.each(kinds)("%s of an installation", (kind, plural) => {
  it("is what the Prometheus operator's definition allows, to the last field", async () => {
    const object = objectOf(kind);
    const live = await apply(plural, object);
    expect(live.spec).toMatchObject(object.spec);
    expect((await apply(plural, object)).metadata.resourceVersion).toBe(live.metadata.resourceVersion);
  });

  it("would be refused with a field that the definition does not have, or a value that it does not allow", async () => {
    const object = objectOf(kind);
    // The API server answers 500 to an applied field that it does not know, and 422 to a wrong value.
    const unknown = { code: "EDGE_KUBERNETES_FAILED", message: expect.stringContaining("500") };
    await expect(apply(plural, { ...object, spec: { ...object.spec, more: 1 } })).rejects.toMatchObject(unknown);
    const refused = { code: "EDGE_KUBERNETES_INVALID" };
    const wrong =
      kind === "PodMonitor"
        ? { podMetricsEndpoints: [{ interval: "often" }] }
        : { groups: [{ name: "a", interval: "often" }] };
    await expect(apply(plural, { ...object, spec: { ...object.spec, ...wrong } })).rejects.toMatchObject(refused);
  });
});
