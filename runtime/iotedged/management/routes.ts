import Type from "typebox";
import { HubRecordSchema } from "#contract";
import { errorBody, type RouteTable } from "../api/route.ts";
import { maxTail } from "./logs/log-query.ts";
import { timePoint } from "./logs/time-point.ts";
import { identityList, moduleDetails, moduleList, systemInfo, systemResources } from "./module-schemas.ts";

/** An identity cannot be written here: EdgeAgent makes ServiceAccounts, and those are the identities. */
const fixedIdentity = {
  since: "2018-06-28",
  access: "edgeAgent",
  budget: "requests",
  status: 405,
  response: errorBody,
} as const;

/** A module cannot be written here: EdgeAgent makes it from the deployment manifest. */
const fixedModule = { ...fixedIdentity, summary: "Is refused: modules follow the deployment manifest." } as const;

/** What only the deployment manifest may want. */
const control = {
  since: "2018-06-28",
  access: "edgeAgent",
  audited: true,
  budget: "requests",
  status: 204,
  response: Type.Null(),
} as const;

/** Clients send an empty value for "not set". */
const flag = (description: string) =>
  Type.Union([Type.Boolean(), Type.Enum(["", "0", "1"])], { description, default: false });

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
  "management.modules.create": { method: "POST", path: "/modules", ...fixedModule },
  "management.module.update": { method: "PUT", path: "/modules/:name", ...fixedModule },
  "management.module.delete": { method: "DELETE", path: "/modules/:name", ...fixedModule },
  "management.module.prepareupdate": {
    method: "POST",
    path: "/modules/:name/prepareupdate",
    ...fixedModule,
    since: "2019-01-30",
  },
  "management.module.start": {
    method: "POST",
    path: "/modules/:name/start",
    summary:
      "Succeeds when the module is to run by the deployment manifest and has not come to its end; else 409 says what to change.",
    conflict: "The deployment manifest has the module stopped, or it has come to its end.",
    ...control,
  },
  "management.module.stop": {
    method: "POST",
    path: "/modules/:name/stop",
    summary:
      "Succeeds when the deployment manifest has the module stopped, or it has come to its end; else 409 says what to change.",
    conflict: "By the deployment manifest the module is to run.",
    ...control,
  },
  "management.module.restart": {
    method: "POST",
    path: "/modules/:name/restart",
    summary:
      "Ends the module's pods, so that new ones start; 409 for one that is not started again once it has ended. Only with `iotedged.moduleRestart`.",
    conflict: "The deployment manifest has the module stopped, or it is not started again once it has ended.",
    ...control,
  },
  "management.module.logs": {
    method: "GET",
    path: "/modules/:name/logs",
    summary: "Gives the log of the module's newest pod that has a node, as it comes. Only with `iotedged.moduleLogs`.",
    since: "2018-06-28",
    access: "edgeAgent",
    audited: true,
    budget: "requests",
    query: {
      follow: flag("Goes on with what is logged from now on."),
      tail: Type.Union([Type.Enum(["all", ""]), Type.Integer({ format: "int32", minimum: 0, maximum: maxTail })], {
        description: `The last so many lines, at most ${maxTail}, or \`all\`.`,
        default: "all",
      }),
      since: timePoint("From when on"),
      until: timePoint("Up to when"),
      timestamps: flag("Begins each line with its time."),
    },
    conflict: "The module has not started yet, so there is no log.",
    status: 200,
    produces: "text/plain; charset=utf-8",
    response: Type.String({ description: "Lines of standard output and standard error, without frames." }),
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
  "management.hub": {
    method: "GET",
    path: "/hub",
    summary:
      "Tells how a connected installation fares with its IoT Hub, and which modules' identities there have the keys that iotedged signs with. Not of IoT Edge.",
    since: "2018-06-28",
    access: "edgeAgent",
    budget: "requests",
    conflict: "The installation stands alone.",
    status: 200,
    response: HubRecordSchema,
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
  "management.systeminfo.supportbundle": {
    method: "GET",
    path: "/systeminfo/supportbundle",
    summary: "Gives logs, Events and redacted objects as a zip archive. Only with `iotedged.supportBundle`.",
    since: "2020-05-11",
    access: "edgeAgent",
    audited: true,
    budget: "requests",
    query: {
      since: timePoint("Logs from when on; default: a day before `until`"),
      until: timePoint("Logs up to when; default: now"),
      edge_runtime_only: flag("Logs of iotedged, EdgeAgent and EdgeHub alone."),
    },
    status: 200,
    produces: "application/zip",
    response: Type.String({ contentMediaType: "application/zip" }),
  },
  "management.device.reprovision": {
    method: "POST",
    path: "/device/reprovision",
    summary:
      "Is refused: iotedged registers the device anew by itself when its hub refuses it, and all else is deployed.",
    since: "2019-10-22",
    access: "edgeAgent",
    budget: "requests",
    status: 409,
    response: errorBody,
  },
} as const satisfies RouteTable;
