import type { RouteTable } from "../api/route.ts";
import { identityList, moduleList, systemInfo } from "./module-schemas.ts";

/** The management API: what EdgeAgent, and to some degree every module, may know of the installation. */
export const managementRoutes = {
  "management.modules": {
    method: "GET",
    path: "/modules",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response: moduleList,
  },
  "management.identities": {
    method: "GET",
    path: "/identities",
    since: "2018-06-28",
    access: "edgeAgent",
    budget: "requests",
    status: 200,
    response: identityList,
  },
  "management.systeminfo": {
    method: "GET",
    path: "/systeminfo",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response: systemInfo,
  },
} as const satisfies RouteTable;
