import { expect, it } from "vitest";
import { hubNotice } from "./hub-notices.ts";

it("tells which hub EdgeAgent is connected to, so that another one is not left out as a repetition", () => {
  const [one, other] = ["hub.test", "hub2.test"].map((hubHostname) => hubNotice({ type: "connected", hubHostname }));
  expect(one).toMatchObject({ reason: "HubConnected", note: "EdgeAgent is connected to IoT Hub hub.test" });
  expect(other?.key).not.toBe(one?.key);
});
