import { defineErrors } from "#base";

/** The local cluster. */
export const clusterErrors = defineErrors({
  EDGE_CLUSTER_UNSUPPORTED_OS: {
    message: "a local cluster needs Linux on x64 or arm64, this machine is {platform} on {architecture}",
    cause: "The kubelet and containerd use namespaces and control groups of the Linux kernel.",
    remedy: "Use a Linux machine or virtual machine, or name a cluster of yours with --context.",
  },
  EDGE_CLUSTER_NOT_ROOT: {
    message: "a local cluster is root's, this is user {uid}",
    cause: "Running containers needs mounts, network interfaces and control groups.",
    remedy: "Run the command again with sudo, or name a cluster of yours with --context.",
  },
  EDGE_CLUSTER_KERNEL: {
    message: "this machine's kernel offers no {missing}",
    cause: "The machine is itself a container with few rights, or its kernel was built or started without this part.",
    remedy: "Use a machine or virtual machine whose kernel has it, or name a cluster of yours with --context.",
  },
  EDGE_CLUSTER_GO_MISSING: {
    message: "no Go tool chain: `go` is not on PATH",
    cause: "The local cluster is compiled from Kubernetes' own source.",
    remedy: "Install Go {version} or newer (https://go.dev/dl/), or name a cluster of yours with --context.",
  },
  EDGE_CLUSTER_GO_UNUSABLE: {
    message: "the Go tool chain cannot be used: {reason}",
    cause:
      "It is older than {version} and must not fetch a newer one (GOTOOLCHAIN=local), or its installation is broken.",
    remedy: "Install Go {version} or newer, or set GOTOOLCHAIN=auto.",
  },
  EDGE_CLUSTER_DISK_FULL: {
    message: "{path} has {free} GB free, {needed} GB are needed for {purpose}",
    cause: "A cold build keeps Go's module and build caches; a running cluster keeps images and logs.",
    remedy:
      "Free the space, or move it: GOMODCACHE, GOCACHE and EDGE_CACHE_DIR for builds, EDGE_CLUSTER_DIRECTORY for the cluster.",
  },
  EDGE_CLUSTER_BUILD_FAILED: {
    message: "compiling {module} failed:\n{output}",
    cause: "No module proxy is reachable, memory ran out, or the pinned sources do not compile with this Go.",
    remedy: "See Go's message above, and the whole of it in {log}; check GOPROXY and the network, then run it again.",
  },
  EDGE_CLUSTER_PACKAGES_MISSING: {
    message: "missing commands: {commands}",
    cause: "The node needs a container runtime and network tools, and apt-get is not there to install them.",
    remedy: "Install what provides them; on Debian and Ubuntu: apt-get install {packages}",
  },
  EDGE_CLUSTER_PACKAGES_FAILED: {
    message: "installing {packages} failed:\n{output}",
    cause: "The package mirror is unreachable, or another package command holds apt's lock.",
    remedy: "Run this by hand and see what it says: apt-get update && apt-get install {packages}",
  },
  EDGE_CLUSTER_PORT_IN_USE: {
    message: "port {port}, which {component} needs, is in use by {process}",
    cause: "A program listens on all addresses of this machine.",
    remedy: "Stop that program, or let it listen on 127.0.0.1 only.",
  },
  EDGE_CLUSTER_ALREADY_RUNNING: {
    message: "this machine already runs a local cluster, in {directory}",
    cause: "Two nodes would fight for the same addresses and packet filter rules.",
    remedy: "Stop it first: EDGE_CLUSTER_DIRECTORY={word} npx edgectl cluster down",
  },
  EDGE_CLUSTER_IP_FAMILIES: {
    message: "the local cluster that runs has addresses {present}, not {wanted}",
    cause: "Which addresses pods and Services have is settled when a cluster is started.",
    remedy: "Stop it first: npx edgectl cluster down; or leave --ip-families out.",
  },
  EDGE_CLUSTER_OTHER_KUBERNETES: {
    message: "this machine is a node of another Kubernetes: {evidence}",
    cause: "Two kube-proxies on one machine delete each other's packet filter rules.",
    remedy: "Use that cluster with --context, or remove it from this machine first.",
  },
  EDGE_CLUSTER_ADDRESS_IN_USE: {
    message: "the address range {range} of the local cluster is already routed to {device}",
    cause: "A VPN or another network of this machine uses the same private addresses.",
    remedy: "Disconnect that network while the local cluster runs, or name a cluster of yours with --context.",
  },
  EDGE_CLUSTER_DIRECTORY_FOREIGN: {
    message: "{directory} holds files that are no cluster's",
    cause: "Stopping a cluster removes its directory, so it must hold nothing else.",
    remedy: "Name a directory that does not exist yet.",
  },
  EDGE_CLUSTER_PATH_TOO_LONG: {
    message: "the path {directory} has {length} bytes, at most {limit} leave room for sockets in it",
    cause: "The kernel limits a socket's path to 107 bytes.",
    remedy: "Set EDGE_CLUSTER_DIRECTORY to a shorter path.",
  },
  EDGE_CLUSTER_COMPONENT_FAILED: {
    message: "{component} {what}; its last lines:\n{output}",
    cause: "See the component's own message.",
    remedy: "The whole log was kept as {log}.",
  },
  EDGE_CLUSTER_NOT_RUNNING: {
    message: "no local cluster runs in {directory}",
    cause: "It was never started, or was stopped, or the machine was started again since.",
    remedy: "Start it: npx edgectl cluster up",
  },
  EDGE_CLUSTER_IMAGE_NOT_LOADED: {
    message: "loading the image archive {archive} failed: {reason}",
    cause: "The file is missing, or is no docker-archive and no OCI archive.",
    remedy: "Build it again: npx edgectl images build",
  },
  EDGE_CLUSTER_LEFTOVERS: {
    message: "stopping the cluster left something behind:\n{leftovers}",
    cause: "A process in an uninterruptible state, or a program of yours that uses the cluster's files.",
    remedy: "End what uses them, then run it again: npx edgectl cluster down",
  },
});
