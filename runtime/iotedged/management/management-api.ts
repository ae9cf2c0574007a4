import type { ServiceAccount } from "../../shared/kubernetes/kinds.ts";
import type { Informer } from "../../shared/kubernetes/objects.ts";
import type { Handlers } from "../api/route.ts";
import { moduleIdOf } from "../authentication/module-identity.ts";
import type { IdentityList, ModuleDetails, SystemInfo } from "./module-schemas.ts";
import type { managementRoutes } from "./routes.ts";

/** Serves the management API. */
export function createManagementApi(options: {
  readonly listModules: () => ModuleDetails[];
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly systemInfo: () => Promise<SystemInfo>;
}): Handlers<typeof managementRoutes> {
  const { listModules, serviceAccounts, systemInfo } = options;
  return {
    "management.modules": () => ({ modules: listModules() }),
    "management.identities": () => listIdentities(serviceAccounts.list()),
    "management.systeminfo": systemInfo,
  };
}

function listIdentities(accounts: readonly ServiceAccount[]): IdentityList {
  const identities = accounts.flatMap((account) => {
    const moduleId = moduleIdOf(account);
    const generationId = account.metadata.uid ?? "";
    return moduleId === undefined ? [] : [{ moduleId, managedBy: "iotedge", generationId, authType: "Sas" as const }];
  });
  return { identities: identities.sort((one, other) => (one.moduleId < other.moduleId ? -1 : 1)) };
}
