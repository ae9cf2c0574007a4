import { expect, it } from "vitest";
import { readTopic, topics } from "./topics.ts";

it.each([
  ["$iothub/twin/res/200/?$rid=1", { type: "twin-answer", status: 200, requestId: "1" }],
  ["$iothub/twin/res/204/?$rid=a7&$version=12", { type: "twin-answer", status: 204, requestId: "a7" }],
  ["$iothub/twin/PATCH/properties/desired/?$version=41", { type: "desired", version: 41 }],
  ["$iothub/methods/POST/ping/?$rid=1f", { type: "method", name: "ping", requestId: "1f" }],
  ["$iothub/methods/POST/Do%20it/?$rid=2", { type: "method", name: "Do it", requestId: "2" }],
  ["$iothub/methods/POST/50%/?$rid=2", { type: "method", name: "50%", requestId: "2" }],
])("%s is read", (topic, arrival) => {
  expect(readTopic(topic)).toEqual(arrival);
});

it.each([
  "$iothub/twin/res/200",
  "$iothub/twin/res/two/?$rid=1",
  "$iothub/twin/PATCH/properties/reported/?$version=1",
  "$iothub/methods/POST/a/b/?$rid=1",
  `$iothub/methods/POST/a/?$rid=${"1".repeat(65)}`,
  "devices/d1/modules/m1/inputs/a",
])("%s is none that a module gets here", (topic) => {
  expect(readTopic(topic)).toBeUndefined();
});

it("what is sent names the request", () => {
  expect([topics.twinGet("1"), topics.report("2"), topics.methodAnswer(200, "1f")]).toEqual([
    "$iothub/twin/GET/?$rid=1",
    "$iothub/twin/PATCH/properties/reported/?$rid=2",
    "$iothub/methods/res/200/?$rid=1f",
  ]);
});
