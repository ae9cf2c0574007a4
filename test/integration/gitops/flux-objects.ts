import { documentedFlux } from "../../support/documented-flux.ts";
import { fluxNamespace } from "../../support/flux.ts";

/** Flux's own objects as the page shows them, with the registry of the test. */
export async function fluxObjects(registry: string) {
  const [source, kustomization] = await documentedFlux();
  const here = { url: `oci://${registry}/fleet/factory-3`, insecure: true };
  return [{ ...source, spec: { ...source.spec, ...here } }, kustomization];
}

/** Another Kustomization, of what the installation needs before. */
export async function keysObjects(registry: string) {
  const [source, kustomization] = await fluxObjects(registry);
  const name = "iotedge-keys";
  const metadata = { name, namespace: fluxNamespace };
  const { interval, timeout, path, prune } = kustomization.spec;
  const url = `oci://${registry}/fleet/keys`;
  return [
    { ...source, metadata, spec: { ...source.spec, url } },
    {
      ...kustomization,
      metadata,
      spec: { interval, timeout, path, prune, wait: true, sourceRef: { kind: "OCIRepository", name } },
    },
  ];
}

/** A deployment manifest whose module tells which release it is. */
export const deploymentOf = (release: string) => ({
  modulesContent: {
    $edgeAgent: {
      "properties.desired": {
        schemaVersion: "1.1",
        runtime: { type: "docker", settings: {} },
        systemModules: {},
        modules: {
          sensor: {
            type: "docker",
            status: "running",
            restartPolicy: "always",
            env: { RELEASE: { value: release } },
            settings: { image: "registry.example.com/sensor:1" },
          },
        },
      },
    },
  },
});
