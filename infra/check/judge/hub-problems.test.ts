import { expect, it } from "vitest";
import { hubErrors } from "#iot-hub";
import { provisioningErrors } from "../../../runtime/iot-hub/provisioning/errors.ts";
import { hintsFor } from "../../deploy/index.ts";
import { hubProblem } from "./hub-problems.ts";

const place = { namespace: "edge-a", hints: hintsFor({ kind: "named", context: "plant" }, "line") };

it.each([...Object.keys(hubErrors), ...Object.keys(provisioningErrors)])("%s has a way out of its own", (code) => {
  const { says, fix } = hubProblem(code);
  expect(says).not.toBe(hubProblem("EDGE_HUB_NOBODY").says);
  expect(fix(place)).toContain("kubectl --context plant");
  expect(fix(place)).not.toContain("docs/errors.md");
});
