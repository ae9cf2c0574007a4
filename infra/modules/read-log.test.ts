import { expect, it } from "vitest";
import type { OpenStream } from "../kubernetes/index.ts";
import { readLog } from "./read-log.ts";

const found = {
  namespace: "edge-a",
  pods: [{ metadata: { name: "sensor-1" }, spec: { nodeName: "n", containers: [{ name: "sensor" }] } }],
};
const options = { follow: false, previous: true, tail: undefined, since: undefined, timestamps: false };

async function read(...chunks: readonly string[]): Promise<string> {
  const open = async () => ({
    status: 200,
    read: (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })(),
  });
  let written = "";
  const write = async (chunk: Uint8Array) => {
    written += Buffer.from(chunk).toString();
  };
  await readLog(open as never as OpenStream, "sensor", found as never, options, write, new AbortController().signal);
  return written;
}

const removed = "unable to retrieve container logs for containerd://0f3a";

it("says that a run's log is gone, where the kubelet sends a sentence instead", async () => {
  await expect(read(removed)).rejects.toMatchObject({
    code: "EDGE_MODULE_LOG_FAILED",
    message: expect.stringContaining("ask again after the next one"),
  });
});

it("leaves a log that speaks of such a sentence as it is", async () => {
  expect(await read("first line\n", removed)).toBe(`first line\n${removed}`);
});
