import { lets, type PermissionRule, pages } from "../rule.ts";

export const persistentVolumesCreate: PermissionRule = {
  id: "persistent-volumes-create",
  title: "creating PersistentVolumes",
  severity: "high",
  why: "A volume of type hostPath opens the file system of a node to a pod.",
  source: `${pages.goodPractices}#persistent-volume-creation`,
  fix: "Let a storage provisioner make volumes, and grant claims.",
  matches: (permission) => lets(permission, ["create"], "", ["persistentvolumes"]),
};
