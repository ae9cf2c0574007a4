import { expect, it } from "vitest";
import { dataKeys, objectNames } from "#contract";
import { placementOf } from "./placement.ts";
import { recordInstallation } from "./test/sample.ts";

const tolerations = [{ key: "line", operator: "Exists", effect: "NoSchedule" }];
const nodeSelector = { site: "line-1" };

it("leaves out what is not said", () => {
  expect(placementOf({ nodeSelector: {}, tolerations: [] })).toEqual({});
});

it("reaches the pods of iotedged, and those of EdgeAgent by its settings", async () => {
  const edgeAgent = { nodeSelector, tolerations, priorityClassName: "edge" };
  const iotedged = { tolerations, affinity: { podAffinity: {} }, priorityClassName: "edge" };
  const { find } = await recordInstallation({ edgeAgent, iotedged });
  const { spec } = find("Deployment", objectNames.iotedged).inputs.spec.template;
  expect(spec).toMatchObject(iotedged);
  expect(spec).not.toHaveProperty("nodeSelector");
  const text = find("ConfigMap", objectNames.agentConfig).inputs.data[dataKeys.agentConfig];
  expect(JSON.parse(text).edgeAgent.placement).toEqual(edgeAgent);
});
