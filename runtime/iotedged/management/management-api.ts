import { Readable } from "node:stream";
import type { Clock, Informer } from "#base";
import { generationIdOf, type HubRecord } from "#contract";
import type { ServiceAccount } from "#shared";
import type { Handlers } from "../api/route.ts";
import { moduleIdOf } from "../authentication/module-identity.ts";
import { HttpError, methodNotAllowed, notFound, turnedOff } from "../http-error.ts";
import type { ManagementFeatures } from "./features.ts";
import { parseLogQuery } from "./logs/log-query.ts";
import type { IdentityList, ModuleDetails, SystemInfo, SystemResources } from "./module-schemas.ts";
import type { managementRoutes } from "./routes.ts";
import { parseBundleQuery } from "./support-bundle/bundle-query.ts";

/** Serves the management API. */
export function createManagementApi(options: {
  readonly listModules: () => ModuleDetails[];
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly systemInfo: () => Promise<SystemInfo>;
  readonly systemResources: () => SystemResources;
  readonly features: ManagementFeatures;
  /** Undefined where the installation stands alone. */
  readonly hubStatus: (() => Promise<HubRecord>) | undefined;
  readonly clock: Clock;
}): Handlers<typeof managementRoutes> {
  const { listModules, serviceAccounts, systemInfo, systemResources, features, hubStatus, clock } = options;
  const { control, logs, supportBundle } = features;
  return {
    "management.modules": () => ({ modules: listModules() }),
    "management.module": (_caller, _body, { name }) => {
      const details = listModules().find((module) => module.name === name);
      if (details === undefined) throw notFound("There is no module of that name");
      return details;
    },
    "management.modules.create": () => refuseModule(["GET"]),
    "management.module.update": () => refuseModule(["GET"]),
    "management.module.delete": () => refuseModule(["GET"]),
    "management.module.prepareupdate": () => refuseModule([]),
    "management.module.start": (_caller, _body, { name = "" }) => {
      control.start(name);
      return null;
    },
    "management.module.stop": (_caller, _body, { name = "" }) => {
      control.stop(name);
      return null;
    },
    "management.module.restart": async (_caller, _body, { name = "" }, call) => {
      call.actedOn = await control.restart(name);
      return null;
    },
    "management.module.logs": async (_caller, _body, { name = "" }, call) => {
      if (logs === undefined) throw turnedOff("This installation tells no logs: deploy it with iotedged.moduleLogs");
      const { pod, chunks } = await logs(name, parseLogQuery(call.parameters, clock.now()), call.signal);
      call.actedOn = [pod];
      return Readable.from(chunks);
    },
    "management.identities": () => listIdentities(serviceAccounts.list()),
    "management.identities.create": () => refuseIdentity(["GET"]),
    "management.identities.update": () => refuseIdentity([]),
    "management.identities.delete": () => refuseIdentity([]),
    "management.hub": () => {
      if (hubStatus === undefined)
        throw new HttpError(409, "conflict", "This installation stands alone: it has no IoT Hub");
      return hubStatus();
    },
    "management.systeminfo": systemInfo,
    "management.systeminfo.resources": systemResources,
    "management.systeminfo.supportbundle": (_caller, _body, _path, { parameters, signal }) => {
      if (supportBundle === undefined) {
        throw turnedOff("This installation makes no support bundles: deploy it with iotedged.supportBundle");
      }
      return Readable.from(supportBundle(parseBundleQuery(parameters, clock.now()), signal));
    },
    "management.device.reprovision": () => {
      const message = "A device is registered anew by itself when its hub refuses it: deploy the stack for all else";
      throw new HttpError(409, "conflict", message);
    },
  };
}

function refuseModule(allowed: readonly string[]): never {
  throw methodNotAllowed("Modules follow the deployment manifest: change that instead", allowed);
}

function refuseIdentity(allowed: readonly string[]): never {
  throw methodNotAllowed("Identities follow the modules of the deployment manifest: change that instead", allowed);
}

function listIdentities(accounts: readonly ServiceAccount[]): IdentityList {
  const identities = accounts.flatMap((account) => {
    const moduleId = moduleIdOf(account);
    const generationId = generationIdOf(account.metadata) ?? "";
    return moduleId === undefined ? [] : [{ moduleId, managedBy: "iotedge", generationId, authType: "Sas" as const }];
  });
  return { identities: identities.sort((one, other) => (one.moduleId < other.moduleId ? -1 : 1)) };
}
