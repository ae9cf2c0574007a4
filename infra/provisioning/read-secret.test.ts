import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeCluster } from "../../test/fakes/cluster.ts";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { readClusterSecret, readSecretFile } from "./read-secret.ts";

const folder = temporaryDirectory();
const { signal } = new AbortController();
const secret = {
  ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "line-1-device", namespace: "line-1" } },
  data: { connectionString: Buffer.from("HostName=h").toString("base64") },
};

async function read(text: string) {
  const file = join(folder, "secret.yaml");
  await writeFile(file, text);
  return readSecretFile(file, signal);
}

describe("the Secret of a device", () => {
  it("is read as kubectl writes it", async () => {
    expect(await read(JSON.stringify(secret))).toEqual({ connectionString: "HostName=h" });
    expect(await read("kind: Secret\nstringData: { symmetricKey: abc }\n")).toEqual({ symmetricKey: "abc" });
  });

  it.each(["", "kind: ConfigMap", "symmetricKey: s3cr3t", "{ s3cr3t: [", `kind: ${"s3cr3t".repeat(500_000)}`])(
    "is told apart from what is none, of which nothing is shown: %#",
    async (text) => {
      const error = await read(text).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "EDGE_PROVISIONING_SECRET" });
      expect(String((error as Error).message)).not.toContain("s3cr3t");
    },
  );

  it("is the cluster's, and told where it is not there", async () => {
    const cluster = new FakeCluster();
    const missing = readClusterSecret(cluster, "line-1", "line-1-device");
    await expect(missing).rejects.toMatchObject({ code: "EDGE_PROVISIONING_SECRET" });
    cluster.put(secret);
    expect(await readClusterSecret(cluster, "line-1", "line-1-device")).toEqual({ connectionString: "HostName=h" });
    await expect(readSecretFile(join(folder, "none"), signal)).rejects.toThrow("ENOENT");
  });
});
