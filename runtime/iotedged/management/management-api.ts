import type { ServiceAccount } from "../../shared/kubernetes/kinds.ts";
import type { Informer } from "../../shared/kubernetes/objects.ts";
import type { Handlers } from "../api/route.ts";
import { moduleIdOf } from "../authentication/module-identity.ts";
import { HttpError, notFound } from "../http/http-error.ts";
import type { IdentityList, ModuleDetails, SystemInfo, SystemResources } from "./module-schemas.ts";
import type { managementRoutes } from "./routes.ts";

/** Serves the management API. */
export function createManagementApi(options: {
  readonly listModules: () => ModuleDetails[];
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly systemInfo: () => Promise<SystemInfo>;
  readonly systemResources: () => SystemResources;
}): Handlers<typeof managementRoutes> {
  const { listModules, serviceAccounts, systemInfo, systemResources } = options;
  return {
    "management.modules": () => ({ modules: listModules() }),
    "management.module": (_caller, _body, { name }) => {
      const details = listModules().find((module) => module.name === name);
      if (details === undefined) throw notFound("There is no module of that name");
      return details;
    },
    "management.identities": () => listIdentities(serviceAccounts.list()),
    "management.identities.create": refuseIdentity,
    "management.identities.update": refuseIdentity,
    "management.identities.delete": refuseIdentity,
    "management.systeminfo": systemInfo,
    "management.systeminfo.resources": systemResources,
    "management.device.reprovision": () => {
      const message = "There is no provisioning service: deploy the stack to give the installation another identity";
      throw new HttpError(409, "conflict", message);
    },
  };
}

function refuseIdentity(): never {
  const message = "Identities follow the modules of the deployment manifest: change that instead";
  throw new HttpError(405, "method-not-allowed", message, { headers: { allow: "GET" } });
}

function listIdentities(accounts: readonly ServiceAccount[]): IdentityList {
  const identities = accounts.flatMap((account) => {
    const moduleId = moduleIdOf(account);
    const generationId = account.metadata.uid ?? "";
    return moduleId === undefined ? [] : [{ moduleId, managedBy: "iotedge", generationId, authType: "Sas" as const }];
  });
  return { identities: identities.sort((one, other) => (one.moduleId < other.moduleId ? -1 : 1)) };
}
