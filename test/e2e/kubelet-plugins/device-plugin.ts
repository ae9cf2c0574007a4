import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { credentials, makeGenericClientConstructor, type ServerWritableStream } from "@grpc/grpc-js";
import { answering, servePlugin, serviceOf } from "./plugin-server.ts";

/** Fixed in the kubelet, wherever its own directory is. */
const directory = "/var/lib/kubelet/device-plugins";

/** Devices that a plugin offers as one resource. */
export interface Offer {
  readonly resource: string;
  /** Path on the node, and in the container, by the device's id. */
  readonly devices: Readonly<Record<string, string | undefined>>;
  /** Variables of a container that gets these. */
  variables?(ids: readonly string[]): Readonly<Record<string, string>>;
}

export interface DevicePlugin {
  /** Ids that were given, once for each container. */
  readonly allocated: readonly (readonly string[])[];
  stop(): Promise<void>;
}

/** A device plugin, as smarter-device-manager and NVIDIA's are, without hardware. */
export async function startDevicePlugin({ resource, devices, variables }: Offer): Promise<DevicePlugin> {
  const socket = `${directory}/${resource.replaceAll(/[^\w]/g, "-")}.sock`;
  await rm(socket, { force: true });
  const allocated: string[][] = [];
  const give = (ids: string[]) => {
    allocated.push(ids);
    const paths = ids.flatMap((id) => devices[id] ?? []);
    const specs = paths.map((path) => ({ container_path: path, host_path: path, permissions: "rw" }));
    return { devices: specs, envs: variables?.(ids) ?? {} };
  };
  const listed = Object.keys(devices).map((ID) => ({ ID, health: "Healthy" }));
  const server = await servePlugin(socket, [
    [
      serviceOf("device-plugin.proto", "v1beta1.DevicePlugin"),
      {
        GetDevicePluginOptions: answering(() => ({})),
        // The kubelet listens for as long as the plugin lives.
        ListAndWatch: (call: ServerWritableStream<object, object>) => call.write({ devices: listed }),
        Allocate: answering(({ container_requests }: { container_requests: { devices_ids: string[] }[] }) => ({
          container_responses: container_requests.map(({ devices_ids }) => give(devices_ids)),
        })),
      },
    ],
  ]);
  await register({ version: "v1beta1", endpoint: basename(socket), resource_name: resource });
  return {
    allocated,
    async stop() {
      server.forceShutdown();
      await rm(socket, { force: true });
    },
  };
}

async function register(request: object): Promise<void> {
  const definition = serviceOf("device-plugin.proto", "v1beta1.Registration");
  const Registration = makeGenericClientConstructor(definition, "Registration");
  const kubelet = new Registration(`unix:${directory}/kubelet.sock`, credentials.createInsecure());
  try {
    await new Promise<void>((resolve, reject) =>
      kubelet.Register?.(request, (error: Error | null) => (error === null ? resolve() : reject(error))),
    );
  } finally {
    kubelet.close();
  }
}
