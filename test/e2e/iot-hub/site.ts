import { moduleObjectName } from "#contract";
import type { Hub } from "../../iot-hub/index.ts";
import { type Courtroom, openCourtroom } from "../../iot-hub/judges/courtroom.ts";
import type { Judge } from "../../iot-hub/judges/judge.ts";
import { waitFor } from "../../support/wait-for.ts";
import { items, type KubernetesItem, kubectl, kubectlOk, moduleSelector, readyPod } from "../cluster.ts";
import { modulesOf, readManifest } from "../deployment-manifest.ts";
import { buildPythonModule } from "../python-module/image.ts";
import { createStack, type Stack, smallResources } from "../stack.ts";
import { loadTestImage } from "../test-images.ts";
import { contentOf, hubCa, type ModuleId } from "./content.ts";
import { byConnectionString, type MakeDevice, type SecretContent } from "./device.ts";
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
  /** The namespace of the installation. */
  readonly name: string;
  readonly deviceId: string;
  /** What the device proves itself by, as its Secret has it at first. */
  readonly credential: Buffer;
  /** Replaces what the Secret has. */
  putSecret(content: SecretContent): Promise<void>;
  /** From now on the service is one of this hub. */
  turnTo(hub: Hub): Promise<unknown>;
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

export interface SiteOptions {
  /** What the installation lets iotedged do, as a stack's config has it. */
  readonly iotedged?: object;
  /** @default by a connection string */
  readonly device?: MakeDevice;
  /** Where its hubs are; they have to be within reach of pods. @default a room of its own, which ends with the site */
  readonly room?: Courtroom;
}

/** @param name of its namespace and of its stack */
export async function openSite(name: string, options: SiteOptions = {}): Promise<Site> {
  const { iotedged, device: makeDevice = byConnectionString } = options;
  const { room, leave } = options.room === undefined ? await openRoom() : { room: options.room, leave: async () => {} };
  const service = room.npm("service-client.mjs");
  const turnTo = (hub: Hub) => service.call("connect", hub.connectionString());
  await turnTo(room.fake.hub);
  const { deviceId, installation, secret, credential, trustedCas = [] } = await makeDevice(room, service, name);
  const existingSecret = `${name}-device`;
  const putSecret = async (content: SecretContent) => {
    const metadata = { name: existingSecret, namespace: name };
    await kubectlOk(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata, ...content }));
  };
  await kubectlOk(["create", "namespace", name]);
  await putSecret(secret);
  await kubectlOk([
    "create",
    "configmap",
    hubCa.configMap,
    "-n",
    name,
    `--from-literal=${hubCa.file}=${room.fake.caPem}`,
  ]);
  const provisioning = { ...installation.provisioning, existingSecret, trustedCas: [room.fake.caPem, ...trustedCas] };
  // The local cluster's DNS pod listens on 10053.
  const networkPolicy = { dnsPorts: [53, 10053] };
  const own = { ...smallResources, iotedged: { ...smallResources.iotedged, ...iotedged } };
  const stack = await createStack(name, [{ namespace: name, ...installation, provisioning, networkPolicy, ...own }]);
  return {
    ...{ room, stack, name, deviceId, credential, putSecret, turnTo, ...drivenBy(service, deviceId) },
    podOf: (moduleId) => readyPod(name, moduleSelector(moduleObjectName(moduleId))),
    podsOf: (moduleId) => items("pods", ["-n", name, "-l", moduleSelector(moduleObjectName(moduleId))]),
    close: async () => {
      await stack.run(["down", "--engine", "render"]);
      await Promise.all([kubectl(["delete", "namespace", name, "--ignore-not-found"]), stack.remove()]);
      await leave();
    },
  };
}

async function openRoom() {
  const room = await openCourtroom();
  const access = await givePodsAccess(room.fake);
  const leave = async () => {
    await access[Symbol.asyncDispose]();
    await room.close();
  };
  return { room, leave };
}

type Driven = Pick<Site, "registry" | "setModules" | "twinOf" | "identities" | "invoke" | "reported">;

function drivenBy(service: Judge, deviceId: string): Driven {
  const registry: Site["registry"] = (method, ...args) => service.call("registry", method, ...args);
  const twinOf: Site["twinOf"] = (moduleId) => registry("getModuleTwin", deviceId, moduleId);
  let python: Promise<string> | undefined;

  async function contentWith(modules: readonly ModuleId[]): Promise<object> {
    const { image: sample } = modulesOf(await readManifest("edge-a")).sensor.settings;
    if (modules.includes("python")) python ??= loadTestImage(buildPythonModule);
    return contentOf({ sample, python: await python }, modules);
  }

  return {
    registry,
    twinOf,
    setModules: async (...modules) =>
      registry("applyConfigurationContentOnDevice", deviceId, await contentWith(modules)),
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
