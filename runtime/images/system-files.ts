import type { Entry } from "./content.ts";

/** User and group that every image's program runs as. */
export const imageUser = "1000:1000";

/**
 * The few files of `/etc` that the C library reads. Without `nsswitch.conf` it would ask the DNS for `localhost`
 * before it looks into `/etc/hosts`.
 */
export const systemFiles: readonly Entry[] = [
  text("/etc/passwd", "root:x:0:0:root:/:/sbin/nologin\niotedge:x:1000:1000:iotedge:/:/sbin/nologin\n"),
  text("/etc/group", "root:x:0:\niotedge:x:1000:\n"),
  text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
  { path: "/tmp", mode: 0o1777, directory: true },
];

function text(path: string, content: string): Entry {
  return { path, mode: 0o644, bytes: Buffer.from(content) };
}
