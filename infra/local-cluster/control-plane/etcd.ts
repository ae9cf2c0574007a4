import { join } from "node:path";
import type { Layout } from "../layout.ts";
import type { Component } from "../process/component.ts";
import { acceptsConnections } from "../process/probe.ts";

/**
 * etcd, reached through a socket in the cluster's directory: no port to collide on, and nobody but the directory's owner
 * can open it. Its data is thrown away with the cluster, so it does not wait for the disk.
 */
export function etcd(layout: Layout, binaries: string): Component {
  // A peer address must look like one; etcd makes a socket of that name in its working directory.
  const peer = "unix://etcd-peer:1";
  return {
    name: "etcd",
    command: join(binaries, "etcd"),
    args: [
      `--data-dir=${layout.data("etcd")}`,
      `--listen-client-urls=unix://${layout.etcdSocket}`,
      // A socket is refused here; nobody looks for members of a cluster of one.
      "--advertise-client-urls=http://localhost:1",
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      "--enable-grpc-gateway=false",
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    ready: () => acceptsConnections({ path: layout.etcdSocket }),
  };
}
