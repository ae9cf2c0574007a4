/** Names of what the hub's pod mounts. */
export const hubCa = { configMap: "hub-ca", file: "ca.pem" } as const;

const common = { version: "1.0", type: "docker", status: "running", restartPolicy: "always" };

/** What the sample's hub needs to reach IoT Hub. */
const upstream = {
  UPSTREAM: { value: "iothub" },
  StorageFolder: { value: "/storage" },
  UPSTREAM_CA_FILE: { value: `/etc/hub-ca/${hubCa.file}` },
  ROUTES: { value: JSON.stringify({ upstream: "FROM /messages/* INTO $upstream" }) },
};
const volumes = [
  { volume: { name: "storage", emptyDir: {} }, volumeMounts: [{ name: "storage", mountPath: "/storage" }] },
  {
    volume: { name: "ca", configMap: { name: hubCa.configMap } },
    volumeMounts: [{ name: "ca", mountPath: "/etc/hub-ca", readOnly: true }],
  },
];

/** Images of modules; the sample's is that of the sensor and of the hub. */
export interface Images {
  readonly sample: string;
  /** Needed where the module is set. */
  readonly python: string | undefined;
}

export type ModuleId = "sensor" | "python";

/** What "set modules" is given: the sample's hub with IoT Hub as its upstream, and these modules. */
export function contentOf(images: Images, modules: readonly ModuleId[]): object {
  const all = {
    sensor: { ...common, settings: { image: images.sample, createOptions: { Cmd: ["sensor"] } } },
    python: { ...common, settings: { image: images.python, createOptions: { StopTimeout: 1 } } },
  };
  const createOptions = { Cmd: ["hub"], ExposedPorts: { "8883/tcp": {} }, "k8s-experimental": { volumes } };
  const edgeHub = { ...common, settings: { image: images.sample, createOptions }, env: upstream };
  return {
    modulesContent: {
      $edgeAgent: {
        "properties.desired": {
          schemaVersion: "1.1",
          runtime: { type: "docker", settings: { minDockerVersion: "v1.25" } },
          systemModules: { edgeHub },
          modules: Object.fromEntries(modules.map((id) => [id, all[id]])),
        },
      },
    },
  };
}
