/** A pinned Go module (a folder in `modules/`), and the programs that are compiled from it. */
export interface GoModule {
  readonly name: string;
  /** Where its go.mod is. @default the folder of that name in `modules/` */
  readonly directory?: string;
  /** For people. */
  readonly title: string;
  /** Import paths of the programs; the last element is the binary's name. */
  readonly packages: readonly string[];
  readonly ldflags: string;
  /** Names of binaries whose import path does not end in what they are called. */
  readonly rename?: Readonly<Record<string, string>>;
}

/** Must be the version that `modules/kubernetes/go.mod` pins; the programs report it. */
export const kubernetesVersion = "v1.36.3";

const strip = "-s -w";

/** Everything that a cluster runs. */
export const goModules: readonly GoModule[] = [
  {
    name: "kubernetes",
    title: `Kubernetes ${kubernetesVersion}`,
    packages: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl"].map(
      (program) => `k8s.io/kubernetes/cmd/${program}`,
    ),
    ldflags: `${strip} -X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
  },
  {
    name: "etcd",
    title: "etcd",
    packages: ["go.etcd.io/etcd/server/v3"],
    ldflags: strip,
    rename: { server: "etcd" },
  },
  { name: "coredns", title: "CoreDNS", packages: ["github.com/coredns/coredns"], ldflags: strip },
  { name: "pause", title: "pause", packages: ["local/pause"], ldflags: strip },
];

/** Flags of every `go build`: nothing of this machine gets into the binaries. */
export const buildFlags = ["-trimpath", "-buildvcs=false"] as const;

/** Name that `go build -o <folder>/` gives to the binary of a package. */
export function goBinaryName(path: string): string {
  const parts = path.split("/");
  const last = parts.at(-1) ?? path;
  return /^v\d+$/.test(last) ? (parts.at(-2) ?? last) : last;
}

/** Names of a module's binaries, as the cluster calls them. */
export function binaryNames({ packages, rename }: GoModule): string[] {
  return packages.map((path) => {
    const name = goBinaryName(path);
    return rename?.[name] ?? name;
  });
}
