/** Configuration of a stack with so many installations, three modules each. */
export function stackConfig(installations: number): Readonly<Record<string, unknown>> {
  const image = (name: string) => `registry.example.com/iotedge/${name}:1.0.0`;
  const module = { type: "docker", status: "running", restartPolicy: "always", settings: { image: image("sample") } };
  const desired = {
    schemaVersion: "1.1",
    runtime: { type: "docker", settings: {} },
    systemModules: {},
    modules: { sensor: module, hub: module, consumer: module },
  };
  return {
    "iotedge:images": { iotedged: image("iotedged"), edgeAgent: image("edge-agent"), proxy: image("proxy") },
    "iotedge:installations": Array.from({ length: installations }, (_, index) => ({
      namespace: `edge-${index}`,
      createNamespace: true,
      nodeObserver: true,
      deployment: { modulesContent: { $edgeAgent: { "properties.desired": desired } } },
    })),
  };
}
