import { beforeEach, expect, it, vi } from "vitest";
import type { InstallationState } from "../deploy/installation-state.ts";
import { hasModule, runSample } from "../deploy/sample-module.ts";
import { countMessages, formatMessages } from "./messages.ts";

vi.mock("../deploy/sample-module.ts", async (original) => ({
  ...(await original<typeof import("../deploy/sample-module.ts")>()),
  runSample: vi.fn(),
}));
const run = vi.mocked(runSample);
beforeEach(() => run.mockReset());

const installation = (namespace: string, ...modules: string[]) =>
  ({ namespace, components: modules.map((name) => ({ component: "module", name })) }) as unknown as InstallationState;
const counts = (received: number) => ({ modules: [{ moduleId: "consumer", sent: 0, received }] });
const cluster = {} as never;
const slept: number[] = [];
const options = { patience: 3000, sleep: async (time: number) => void slept.push(time) };

it("waits for the first message of each installation that has the sample's hub and consumer", async () => {
  run.mockResolvedValueOnce({ modules: [] }).mockResolvedValueOnce(counts(0)).mockResolvedValue(counts(2));
  const installations = [installation("edge-a", "$edgeHub", "consumer"), installation("edge-b", "sensor")];
  expect(await countMessages(cluster, installations, options)).toEqual([{ namespace: "edge-a", ...counts(2) }]);
  expect(run).toHaveBeenCalledTimes(3);
});

it("shows what there is when no message comes", async () => {
  run.mockResolvedValue(counts(0));
  const answer = await countMessages(cluster, [installation("edge-a", "$edgeHub", "consumer")], options);
  expect(answer).toEqual([{ namespace: "edge-a", ...counts(0) }]);
});

it("leaves out a hub that is not the sample's", async () => {
  const installations = [installation("edge-a", "$edgeHub", "consumer")];
  run.mockResolvedValueOnce({ modules: 3 } as never);
  expect(await countMessages(cluster, installations, options)).toEqual([]);
  run.mockImplementationOnce(async () => {
    throw new Error("no such program");
  });
  expect(await countMessages(cluster, installations, options)).toEqual([]);
});

it("prints a line per module", () => {
  expect(formatMessages([{ namespace: "edge-a", ...counts(7) }])).toBe(
    "NAMESPACE  MODULE    SENT  RECEIVED\nedge-a     consumer  0     7\n",
  );
});

it("takes daemons for no modules", () => {
  const daemons = { components: [{ component: "iotedged", name: "sensor" }] } as unknown as InstallationState;
  expect(hasModule(daemons, "sensor")).toBe(false);
});
