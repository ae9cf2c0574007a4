/** Files by their path below `/`, as far as the choice of control groups reads them. */
export type Tree = Readonly<Record<string, string>>;

const top = "rw,nosuid,nodev,noexec,relatime";
const systemd = (options: string, self: string, controllers: string): Tree => ({
  "proc/self/mountinfo": `22 28 0:20 / /sys ${top} shared:7 - sysfs sysfs rw
35 22 0:30 / /sys/fs/cgroup ${top} shared:9 - cgroup2 cgroup2 ${options}
36 22 0:31 / /sys/fs/pstore ${top} shared:10 - pstore pstore rw
`,
  "proc/self/cgroup": `0::${self}\n`,
  "sys/fs/cgroup/cgroup.controllers": `${controllers}\n`,
  "sys/fs/cgroup/cgroup.subtree_control": "cpuset cpu io memory pids\n",
});
const session = "/user.slice/user-1000.slice/session-2.scope";
const all = "cpuset cpu io memory hugetlb pids rdma misc";

const v1Mount = (id: number, name: string, options = name, mode = top) =>
  `${id} 31 0:${id} / /sys/fs/cgroup/${name} ${mode} shared:${id} - cgroup cgroup rw,${options}\n`;
const v1Controllers = ["cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "pids"];
const v1 = (names: readonly string[], head: string): Tree => ({
  "proc/self/mountinfo": head + names.map((name, index) => v1Mount(40 + index, name)).join(""),
});

/** A container on a machine with v2, which has control groups of its own. */
const container = (mode: string): Tree => ({
  "proc/self/mountinfo": `1031 930 0:134 / / rw,relatime master:291 - overlay overlay rw,lowerdir=/l/A
1036 1035 0:30 / /sys/fs/cgroup ${mode},nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot
`,
  "proc/self/cgroup": "0::/\n",
  "sys/fs/cgroup/cgroup.controllers": `${all}\n`,
  "sys/fs/cgroup/cgroup.subtree_control": "\n",
  "sys/fs/cgroup/cgroup.type": "domain\n",
});

/** Machines on which a cluster can run, with what it is to find there. */
export const usable: Readonly<Record<string, readonly [tree: Tree, version: "v1" | "v2", nested: boolean]>> = {
  "Debian 12": [systemd("rw,nsdelegate,memory_recursiveprot", session, all), "v2", false],
  "Ubuntu 24.04": [systemd("rw,nsdelegate,memory_recursiveprot", session, `${all} dmem`), "v2", false],
  Fedora: [systemd("rw,seclabel,nsdelegate,memory_recursiveprot", session, all), "v2", false],
  "a service of Ubuntu": [systemd("rw,nsdelegate,memory_recursiveprot", "/system.slice/ci.service", all), "v2", false],
  "WSL 2.5, without systemd": [
    {
      "proc/self/mountinfo":
        "62 58 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - cgroup2 cgroup2 rw,nsdelegate\n",
      "proc/self/cgroup": "0::/\n",
      "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
      "sys/fs/cgroup/cgroup.subtree_control": "\n",
    },
    "v2",
    false,
  ],
  "WSL 2 before 1.1.5": [
    v1(
      v1Controllers,
      `112 103 0:63 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:27 - tmpfs tmpfs ro,size=4096k,nr_inodes=1024,mode=755
113 112 0:21 / /sys/fs/cgroup/unified ${top} shared:28 - cgroup2 cgroup2 rw,nsdelegate
`,
    ),
    "v1",
    false,
  ],
  "Debian 10, hybrid": [
    {
      "proc/self/mountinfo": `27 22 0:23 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,mode=755
28 27 0:24 / /sys/fs/cgroup/unified ${top} shared:9 - cgroup2 cgroup2 rw,nsdelegate
${v1Mount(33, "cpu,cpuacct")}${v1Mount(34, "cpuset")}${v1Mount(35, "memory")}${v1Mount(36, "pids")}${v1Mount(37, "net_cls,net_prio")}`,
    },
    "v1",
    false,
  ],
  "a virtual machine without systemd": [
    {
      "proc/self/mountinfo": `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
    },
    "v1",
    false,
  ],
  "a privileged container on v2": [container("rw"), "v2", true],
};

/** Machines on which none can run, with what they lack. */
export const unusable: Readonly<Record<string, readonly [tree: Tree, says: RegExp]>> = {
  "a container with few rights": [container("ro"), /mounted for reading only/],
  "a Raspberry Pi that boots without memory control": [
    systemd("rw,nsdelegate,memory_recursiveprot", session, "cpuset cpu io pids"),
    /controllers memory in its hierarchy of control groups \(v2\)/,
  ],
  "v2 at the top while the controllers are elsewhere": [
    {
      "proc/self/mountinfo": `859 858 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
1063 859 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 none rw
`,
      "sys/fs/cgroup/cgroup.controllers": "hugetlb\n",
    },
    /controllers cpu, cpuset, memory, pids in/,
  ],
  "v1 without a controller": [
    v1(["cpu", "cpuacct", "cpuset", "memory"], ""),
    /controllers pids in its hierarchy of control groups \(v1\)/,
  ],
  "a container on v1 with few rights": [
    {
      "proc/self/mountinfo": v1Controllers.map((name, index) => v1Mount(40 + index, name, name, "ro,nosuid")).join(""),
    },
    /controllers cpu, cpuacct, cpuset, memory, pids that can be written/,
  ],
  "no control groups": [
    { "proc/self/mountinfo": `22 28 0:20 / /sys ${top} - sysfs sysfs rw\n` },
    /controllers cpu, cpuacct, cpuset, memory, pids in/,
  ],
};
