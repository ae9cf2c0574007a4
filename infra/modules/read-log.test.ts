import { expect, it } from "vitest";
import type { OpenStream } from "../kubernetes/index.ts";
import { readLog } from "./read-log.ts";

const podOf = (status: object) => ({
  metadata: { name: "sensor-1" },
  spec: { nodeName: "n", containers: [{ name: "sensor" }] },
  status: { containerStatuses: [{ name: "sensor", ...status }] },
});
const options = { follow: false, previous: true, tail: undefined, since: undefined, timestamps: false };
const running = { state: { running: {} } };
const ended = { terminated: { exitCode: 3 } };

async function readOf(pod: object, status: number, chunks: readonly string[]): Promise<string> {
  const open = async () => ({
    status,
    read: (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })(),
  });
  let written = "";
  const write = async (chunk: Uint8Array) => {
    written += Buffer.from(chunk).toString();
  };
  const found = { namespace: "edge-a", pods: [pod] };
  await readLog(open as never as OpenStream, "sensor", found as never, options, write, new AbortController().signal);
  return written;
}
const read = (...chunks: readonly string[]) => readOf(podOf({}), 200, chunks);

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

const refused = JSON.stringify({ message: 'previous terminated container "sensor" in pod "sensor-1" not found' });

it("says that there was no run before, of a program that has not ended yet", async () => {
  await expect(readOf(podOf(running), 400, [refused])).rejects.toMatchObject({ code: "EDGE_MODULE_NO_PREVIOUS_RUN" });
});

it.each([
  ["that was started again", { ...running, lastState: ended }],
  ["that does not run", { state: { waiting: {} } }],
])("tells what the API server says of a program %s", async (_, status) => {
  await expect(readOf(podOf(status), 400, [refused])).rejects.toMatchObject({
    code: "EDGE_MODULE_LOG_FAILED",
    message: expect.stringContaining("previous terminated container"),
    remedy: expect.stringContaining("right to get `pods/log` in edge-a"),
  });
});
