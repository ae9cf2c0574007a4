import type { PermissionRule } from "../rule.ts";
import { admissionPoliciesWrite } from "./admission-policies-write.ts";
import { apiservicesWrite } from "./apiservices-write.ts";
import { bind } from "./bind.ts";
import { crdsWrite } from "./crds-write.ts";
import { csrApprove } from "./csr-approve.ts";
import { endpointsWrite } from "./endpoints-write.ts";
import { ephemeralContainers } from "./ephemeral-containers.ts";
import { escalate } from "./escalate.ts";
import { everything } from "./everything.ts";
import { impersonate } from "./impersonate.ts";
import { leasesWrite } from "./leases-write.ts";
import { massDelete } from "./mass-delete.ts";
import { namespacesWrite } from "./namespaces-write.ts";
import { networkPoliciesWrite } from "./network-policies-write.ts";
import { nodesProxy } from "./nodes-proxy.ts";
import { nodesWrite } from "./nodes-write.ts";
import { persistentVolumesCreate } from "./persistent-volumes-create.ts";
import { podsEvict } from "./pods-evict.ts";
import { podsExec } from "./pods-exec.ts";
import { podsLog } from "./pods-log.ts";
import { podsPortforward } from "./pods-portforward.ts";
import { rbacWrite } from "./rbac-write.ts";
import { secretsRead } from "./secrets-read.ts";
import { secretsWrite } from "./secrets-write.ts";
import { serviceAccountsWrite } from "./service-accounts-write.ts";
import { servicesStatus } from "./services-status.ts";
import { systemConfigWrite } from "./system-config-write.ts";
import { tokenRequest } from "./token-request.ts";
import { webhooksWrite } from "./webhooks-write.ts";
import { wildcard } from "./wildcard.ts";
import { wildcardPaths } from "./wildcard-paths.ts";
import { workloadsWrite } from "./workloads-write.ts";

/** Rules about single permissions. The first that stands for all of them keeps the others from repeating it. */
export const permissionRules: readonly PermissionRule[] = [
  everything,
  wildcard,
  wildcardPaths,
  secretsRead,
  secretsWrite,
  workloadsWrite,
  podsExec,
  podsPortforward,
  ephemeralContainers,
  podsEvict,
  nodesProxy,
  nodesWrite,
  escalate,
  bind,
  impersonate,
  tokenRequest,
  csrApprove,
  webhooksWrite,
  admissionPoliciesWrite,
  persistentVolumesCreate,
  namespacesWrite,
  rbacWrite,
  crdsWrite,
  apiservicesWrite,
  serviceAccountsWrite,
  systemConfigWrite,
  endpointsWrite,
  servicesStatus,
  networkPoliciesWrite,
  leasesWrite,
  massDelete,
  podsLog,
];
