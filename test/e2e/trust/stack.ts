import { createStack, type Stack, smallResources } from "../stack.ts";

export type { Stack as TrustStack } from "../stack.ts";

/** @param modules how many sample modules run in `namespace` */
export function createTrustStack(namespace: string, modules: number): Promise<Stack> {
  const { iotedged, proxy } = smallResources;
  const deployment = manifestOf(modules);
  const installation = { namespace, createNamespace: true, deployment, iotedged: { replicas: 2, ...iotedged }, proxy };
  return createStack("trust", [installation]);
}

function manifestOf(count: number) {
  const module = {
    version: "1.0",
    type: "docker",
    status: "running",
    restartPolicy: "always",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the program fills it in
    settings: { image: "${MODULES.sample}", createOptions: { Cmd: ["consumer"] } },
  };
  const modules = Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, module]));
  const desired = {
    schemaVersion: "1.1",
    runtime: { type: "docker", settings: {} },
    systemModules: {},
    modules,
  };
  return { modulesContent: { $edgeAgent: { "properties.desired": desired } } };
}
