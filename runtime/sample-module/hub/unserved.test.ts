import { describe, expect, it } from "vitest";
import { answerTwinRequest, isHubRequest } from "./unserved.ts";

describe("topics of IoT Hub", () => {
  it.each(["GET", "PATCH/properties/reported"])(
    "for a twin are answered with 501 and the id of the request: %s",
    (what) => {
      const answer = answerTwinRequest(`$iothub/twin/${what}/?$rid=a1-b2`);
      expect(answer?.topic).toBe("$iothub/twin/res/501/?$rid=a1-b2");
      expect(JSON.parse(answer?.payload ?? "")).toEqual({
        errorCode: 501_000,
        message: expect.stringContaining("no twins"),
      });
    },
  );

  it.each([
    "$iothub/twin/GET/",
    "$iothub/twin/GET/?$rid=",
    "$iothub/twin/GET/?$rid=a/b",
    "$iothub/methods/res/200/?$rid=1",
  ])("of another kind get no answer: %s", (topic) => expect(answerTwinRequest(topic)).toBeUndefined());

  it.each([
    "$iothub/twin/GET/?$rid=1",
    "$iothub/twin/PATCH/properties/reported/?$rid=1",
    "$iothub/methods/res/200/?$rid=1",
  ])("take requests: %s", (topic) => expect(isHubRequest(topic)).toBe(true));
  it.each([
    "$iothub/twin/res/200/?$rid=1",
    "$iothub/twin/PATCH/properties/desired/?$version=9",
    "$iothub/methods/POST/reboot/?$rid=1",
    "$iothub/methods/POST",
    "devices/d/modules/m/messages/events/",
    "$SYS/x",
  ])("take nothing that other modules are subscribed to: %s", (topic) => expect(isHubRequest(topic)).toBe(false));
});
