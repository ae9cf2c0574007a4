import { beforeEach, expect, it, vi } from "vitest";
import type { InstallationState } from "../deploy/index.ts";
import { hasModule } from "../deploy/index.ts";
import { countMessages, formatMessages } from "./messages.ts";

const askHub = vi.fn<(namespace: string) => Promise<unknown>>();
beforeEach(() => void askHub.mockReset());

const installation = (namespace: string, ...modules: string[]) =>
  ({ namespace, components: modules.map((name) => ({ component: "module", name })) }) as unknown as InstallationState;
const counts = (received: number) => ({ modules: [{ moduleId: "consumer", sent: 0, received }] });
const options = { askHub, patience: 3000, sleep: async () => {} };

it("waits for the first message of each installation that has the sample's hub and consumer", async () => {
  askHub.mockResolvedValueOnce({ modules: [] }).mockResolvedValueOnce(counts(0)).mockResolvedValue(counts(2));
  const installations = [installation("edge-a", "$edgeHub", "consumer"), installation("edge-b", "sensor")];
  expect(await countMessages(installations, options)).toEqual([{ namespace: "edge-a", ...counts(2) }]);
  expect(askHub).toHaveBeenCalledTimes(3);
});

it("shows what there is when no message comes", async () => {
  askHub.mockResolvedValue(counts(0));
  const answer = await countMessages([installation("edge-a", "$edgeHub", "consumer")], options);
  expect(answer).toEqual([{ namespace: "edge-a", ...counts(0) }]);
});

it("leaves out a hub that is not the sample's", async () => {
  const installations = [installation("edge-a", "$edgeHub", "consumer")];
  askHub.mockResolvedValueOnce({ modules: 3 });
  expect(await countMessages(installations, options)).toEqual([]);
  askHub.mockImplementationOnce(async () => {
    throw new Error("no such program");
  });
  expect(await countMessages(installations, options)).toEqual([]);
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
