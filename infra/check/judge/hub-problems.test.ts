import { expect, it } from "vitest";
import { registeredErrors } from "#base";
import { hubErrors, provisioningErrors } from "#iot-hub";
import { hintsFor } from "../../deploy/index.ts";
import { hubProblem } from "./hub-problems.ts";

const place = { namespace: "edge-a", hints: hintsFor({ kind: "named", context: "plant" }, "line") };
const codes = [...Object.keys(hubErrors), ...Object.keys(provisioningErrors)];

it.each(codes)("%s has the error's own way out, and what more can be looked at", (code) => {
  const fix = hubProblem(code).fix(place);
  expect(fix.startsWith(registeredErrors().get(code)?.remedy ?? "no remedy")).toBe(true);
  expect(fix).toContain("kubectl --context plant");
});

it.each([
  ["EDGE_HUB_KEY_REFUSED", "credential", "error"],
  ["EDGE_DPS_DISABLED", "credential", "error"],
  ["EDGE_HUB_AWAY", "way", "error"],
  ["EDGE_DPS_CLOCK", "way", "error"],
  ["EDGE_HUB_THROTTLED", "way", "warning"],
])("%s is of the %s: %s", (code, link, severity) => expect(hubProblem(code)).toMatchObject({ link, severity }));

it.each(["EDGE_HUB_OF_LATER", "constructor"])("says where %s is explained, which it does not know", (code) => {
  expect(hubProblem(code).fix(place)).toContain(`docs/errors.md#${code.toLowerCase()}`);
});
