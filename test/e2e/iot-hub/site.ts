import { moduleObjectName } from "#contract";
import { type Courtroom, openCourtroom } from "../../iot-hub/judges/courtroom.ts";
import type { Judge } from "../../iot-hub/judges/judge.ts";
import { waitFor } from "../../support/wait-for.ts";
import { items, type KubernetesItem, kubectl, kubectlOk, moduleSelector, readyPod } from "../cluster.ts";
import { modulesOf, readManifest } from "../deployment-manifest.ts";
import { buildPythonModule } from "../python-module/image.ts";
import { createStack, type Stack, smallResources } from "../stack.ts";
import { loadTestImage } from "../test-images.ts";
import { contentOf, hubCa, type Images, type ModuleId } from "./content.ts";
import { givePodsAccess } from "./pod-access.ts";

// biome-ignore lint/suspicious/noExplicitAny: a twin is an open document
export type Open = any;

/** An identity as the SDK shows it. */
export interface Identity {
  readonly moduleId: string;
  readonly managedBy: string;
  readonly authentication: { readonly type: string };
}

/** An installation that is connected to the fake hub, and a service on the SDK of npm. Nothing is deployed at first. */
export interface Site {
  readonly room: Courtroom;
  readonly stack: Stack;
  /** The device, and the namespace of its installation. */
  readonly name: string;
  /** The device's key. */
  readonly credential: Buffer;
  /** A call of the SDK's `Registry`, by its name. */
  registry(method: string, ...args: unknown[]): Promise<unknown>;
  /** "Set modules": the hub, and these. */
  setModules(...modules: readonly ModuleId[]): Promise<unknown>;
  twinOf(moduleId: string): Promise<Open>;
  identities(): Promise<readonly Identity[]>;
  /** A direct method. */
  invoke(moduleId: string, methodName: string, payload: object | null): Promise<unknown>;
  /** What `$edgeAgent` has reported of the newest desired properties, once it is as wanted. */
  reported(what: string, isThere: (properties: Open) => boolean): Promise<Open>;
  /** The Ready pod of a module. */
  podOf(moduleId: string): Promise<KubernetesItem>;
  /** Pods of a module that are there, those that end among them. */
  podsOf(moduleId: string): Promise<readonly KubernetesItem[]>;
  close(): Promise<void>;
}

/** @param iotedged what the installation lets it do, as a stack's config has it */
export async function openSite(name: string, iotedged: object): Promise<Site> {
  const room = await openCourtroom();
  const access = await givePodsAccess(room.fake);
  const service = room.npm("service-client.mjs");
  await service.call("connect", room.fake.hub.connectionString());
  const { image: sample } = modulesOf(await readManifest("edge-a")).sensor.settings;
  const images = { sample, python: await loadTestImage(buildPythonModule) };
  const { secret, credential } = await createDevice(room, service, name);
  const provisioning = { source: "manual", existingSecret: secret, trustedCas: [room.fake.caPem] };
  const own = { ...smallResources, iotedged: { ...smallResources.iotedged, ...iotedged } };
  const hubHostname = room.fake.hub.hostName;
  const stack = await createStack(name, [{ namespace: name, deviceId: name, hubHostname, provisioning, ...own }]);
  return {
    ...{ room, stack, name, credential, ...drivenBy(service, name, images) },
    podOf: (moduleId) => readyPod(name, moduleSelector(moduleObjectName(moduleId))),
    podsOf: (moduleId) => items("pods", ["-n", name, "-l", moduleSelector(moduleObjectName(moduleId))]),
    close: async () => {
      await stack.run(["down", "--engine", "render"]);
      await Promise.all([
        kubectl(["delete", "namespace", name, "--ignore-not-found"]),
        access[Symbol.asyncDispose](),
        stack.remove(),
      ]);
      await room.close();
    },
  };
}

/** Makes a device of IoT Edge, and puts its connection string into a Secret, and the CA of its hub beside it. */
async function createDevice({ fake }: Courtroom, service: Judge, name: string) {
  const device: Open = await service.call("registry", "create", { deviceId: name, capabilities: { iotEdge: true } });
  const { primaryKey } = device.authentication.symmetricKey;
  const connectionString = `HostName=${fake.hub.hostName};DeviceId=${name};SharedAccessKey=${primaryKey}`;
  const secret = `${name}-device`;
  const create = ["create", "-n", name];
  await kubectlOk(["create", "namespace", name]);
  await kubectlOk([...create, "secret", "generic", secret, `--from-literal=connectionString=${connectionString}`]);
  await kubectlOk([...create, "configmap", hubCa.configMap, `--from-literal=${hubCa.file}=${fake.caPem}`]);
  return { secret, credential: Buffer.from(primaryKey, "base64") };
}

type Driven = Pick<Site, "registry" | "setModules" | "twinOf" | "identities" | "invoke" | "reported">;

function drivenBy(service: Judge, deviceId: string, images: Images): Driven {
  const registry: Site["registry"] = (method, ...args) => service.call("registry", method, ...args);
  const twinOf: Site["twinOf"] = (moduleId) => registry("getModuleTwin", deviceId, moduleId);
  return {
    registry,
    twinOf,
    setModules: (...modules) => registry("applyConfigurationContentOnDevice", deviceId, contentOf(images, modules)),
    identities: async () => (await registry("getModulesOnDevice", deviceId)) as readonly Identity[],
    invoke: (moduleId, methodName, payload) =>
      service.call("invoke-method", deviceId, moduleId, {
        ...{ methodName, payload, responseTimeoutInSeconds: 30, connectTimeoutInSeconds: 30 },
      }),
    reported: (what, isThere) =>
      waitFor(what, async () => {
        const { desired, reported } = (await twinOf("$edgeAgent")).properties;
        return reported.lastDesiredVersion === desired.$version && isThere(reported) ? reported : undefined;
      }),
  };
}
