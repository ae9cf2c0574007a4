import { startDriver } from "./driver-registration.ts";
import { answering, serviceOf } from "./plugin-server.ts";

interface Request {
  readonly claims: readonly { readonly namespace: string; readonly uid: string; readonly name: string }[];
}

/** A device that a driver of dynamic resource allocation has on its one node. */
export interface DraDevice {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
}

/** A driver of dynamic resource allocation, as vendors have it, without hardware. */
export async function startDraDriver({ driver, pool, device }: DraDevice) {
  const prepared: string[] = [];
  const prepare = ({ claims }: Request) => {
    prepared.push(...claims.map(({ namespace, name }) => `${namespace}/${name}`));
    const devices = [{ pool_name: pool, device_name: device }];
    return { claims: Object.fromEntries(claims.map(({ uid }) => [uid, { devices }])) };
  };
  const { stop } = await startDriver({
    type: "DRAPlugin",
    name: driver,
    versions: ["v1.DRAPlugin"],
    service: [
      serviceOf("dra.proto", "k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin"),
      {
        NodePrepareResources: answering(prepare),
        NodeUnprepareResources: answering(({ claims }: Request) => ({
          claims: Object.fromEntries(claims.map(({ uid }) => [uid, {}])),
        })),
      },
    ],
  });
  /** Claims that were prepared for a pod, by namespace and name. */
  return { prepared: prepared as readonly string[], stop };
}
