import { change, on, type PermissionRule, write } from "../../rule.ts";

const authorization = "https://kubevirt.io/user-guide/cluster_admin/authorization/";

/** Virtual machines, which are pods of their own kind. */
export const kubeVirtRules: readonly PermissionRule[] = [
  {
    id: "kubevirt-machines-write",
    pack: "KubeVirt",
    title: "writing virtual machines",
    severity: "high",
    namespaced: "medium",
    why: "A machine mounts any Secret, ConfigMap, claim or ServiceAccount token of its namespace as a disk.",
    source: "https://kubevirt.io/user-guide/storage/disks_and_volumes/",
    fix: "Treat it like writing pods: keep powerful ServiceAccounts and Secrets in other namespaces.",
    cis: ["5.1.4"],
    mitre: ["T1610"],
    leadsTo: "accounts",
    grants: [
      on("kubevirt.io", ["virtualmachines", "virtualmachineinstances", "virtualmachineinstancereplicasets"], write),
      on("pool.kubevirt.io", ["virtualmachinepools"], write),
    ],
  },
  {
    id: "kubevirt-console",
    pack: "KubeVirt",
    title: "consoles of virtual machines",
    severity: "high",
    namespaced: "medium",
    why: "Console, VNC and forwarded ports act in the machine as whoever sits at its screen.",
    source: authorization,
    fix: "Grant it for a limited time and to people only.",
    mitre: ["T1609"],
    grants: [
      on(
        "subresources.kubevirt.io",
        [
          "virtualmachineinstances/console",
          "virtualmachineinstances/vnc",
          "virtualmachineinstances/portforward",
          "virtualmachineinstances/usbredir",
          "virtualmachineinstances/vsock",
          "virtualmachines/portforward",
        ],
        ["get"],
      ),
    ],
  },
  {
    id: "kubevirt-volumes",
    pack: "KubeVirt",
    title: "adding disks to running virtual machines",
    severity: "high",
    namespaced: "medium",
    why: "A claim of the namespace becomes a disk of a machine to whose console the holder may have access.",
    source: authorization,
    fix: "Treat it like writing the machines.",
    grants: [
      on(
        "subresources.kubevirt.io",
        [
          "virtualmachines/addvolume",
          "virtualmachines/removevolume",
          "virtualmachineinstances/addvolume",
          "virtualmachineinstances/removevolume",
        ],
        change,
      ),
    ],
  },
  {
    id: "kubevirt-config-write",
    pack: "KubeVirt",
    title: "changing KubeVirt itself",
    severity: "critical",
    namespaced: "high",
    why: "Its object says which images of KubeVirt run on every node, and switches on features such as disks of the host.",
    source: "https://kubevirt.io/user-guide/cluster_admin/activating_feature_gates/",
    fix: "Leave it to the administrators.",
    mitre: ["T1611"],
    grants: [on("kubevirt.io", ["kubevirts"], write)],
  },
];
