import { errorBody, type RouteTable } from "../api/route.ts";
import { identityList, moduleDetails, moduleList, systemInfo, systemResources } from "./module-schemas.ts";

/** An identity cannot be written here: EdgeAgent makes ServiceAccounts, and those are the identities. */
const fixedIdentity = {
  since: "2018-06-28",
  access: "edgeAgent",
  budget: "requests",
  status: 405,
  response: errorBody,
} as const;

/** The management API: what EdgeAgent, and to some degree every module, may know of the installation. */
export const managementRoutes = {
  "management.modules": {
    method: "GET",
    path: "/modules",
    summary: "Lists the modules with the state of their pods.",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response: moduleList,
  },
  "management.module": {
    method: "GET",
    path: "/modules/:name",
    summary: "Tells of one module, with the state of its pod.",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response: moduleDetails,
  },
  "management.identities": {
    method: "GET",
    path: "/identities",
    summary: "Lists the identities of the modules.",
    since: "2018-06-28",
    access: "edgeAgent",
    budget: "requests",
    status: 200,
    response: identityList,
  },
  "management.identities.create": {
    method: "POST",
    path: "/identities",
    summary: "Is refused: an identity comes with its module.",
    ...fixedIdentity,
  },
  "management.identities.update": {
    method: "PUT",
    path: "/identities/:name",
    summary: "Is refused: an identity changes with its module.",
    ...fixedIdentity,
  },
  "management.identities.delete": {
    method: "DELETE",
    path: "/identities/:name",
    summary: "Is refused: an identity goes with its module.",
    ...fixedIdentity,
  },
  "management.systeminfo": {
    method: "GET",
    path: "/systeminfo",
    summary: "Tells of the runtime and of the cluster's nodes.",
    since: "2018-06-28",
    access: "installation",
    budget: "requests",
    status: 200,
    response: systemInfo,
  },
  "management.systeminfo.resources": {
    method: "GET",
    path: "/systeminfo/resources",
    summary: "Tells what the node of the answering replica has and uses.",
    since: "2019-11-05",
    access: "installation",
    budget: "requests",
    status: 200,
    response: systemResources,
  },
  "management.device.reprovision": {
    method: "POST",
    path: "/device/reprovision",
    summary: "Is refused: the installation gets its identity by deployment, not from a provisioning service.",
    since: "2019-10-22",
    access: "edgeAgent",
    budget: "requests",
    status: 409,
    response: errorBody,
  },
} as const satisfies RouteTable;
