import { expect, it } from "vitest";
import { upstreamUserName } from "./user-name.ts";

const userNameFor = (query: string) => upstreamUserName("hub.example", "d/m", `hub.example/d/m/?${query}`);

it("names the module, with the SDK that it has", () => {
  expect(userNameFor("api-version=2019-10-01&DeviceClientType=py-azure-iot-device%2F2.14%20(x)")).toBe(
    "hub.example/d/m/?api-version=2021-04-12&DeviceClientType=py-azure-iot-device%2F2.14%20(x)",
  );
});

it.each(["", "auth-chain=d%2Fother", "api-version=x&other=1", `DeviceClientType=${"x".repeat(2000)}`])(
  "passes on nothing else: %s",
  (query) => expect(userNameFor(query)).toBe("hub.example/d/m/?api-version=2021-04-12"),
);
