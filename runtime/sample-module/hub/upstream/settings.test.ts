import { expect, it } from "vitest";
import { readUpstream } from "./settings.ts";

const on = { UPSTREAM: "iothub", StorageFolder: "/storage" };

it("has no upstream unless it is told to", () => {
  expect(readUpstream({})).toBeUndefined();
  expect(readUpstream({ UPSTREAM: "", StorageFolder: "/storage" })).toBeUndefined();
});

it("keeps 64 MiB for two hours, and trusts what Node.js trusts", () => {
  expect(readUpstream(on)).toEqual({
    ...{ storageFolder: "/storage", maxBytes: 67_108_864, maxAge: 7_200_000, ca: undefined },
  });
});

it("takes other limits and a file of CAs", () => {
  const more = { STORE_MAX_BYTES: "8388608", STORE_MAX_SECONDS: "60", UPSTREAM_CA_FILE: "/ca.pem" };
  expect(readUpstream({ ...on, ...more }, (path) => `text of ${path}`)).toEqual({
    ...{ storageFolder: "/storage", maxBytes: 8_388_608, maxAge: 60_000, ca: "text of /ca.pem" },
  });
});

it.each([
  [{ UPSTREAM: "eventgrid" }, "UPSTREAM"],
  [{ StorageFolder: "" }, "StorageFolder"],
  [{ STORE_MAX_BYTES: "1024" }, "STORE_MAX_BYTES"],
  [{ STORE_MAX_BYTES: "64Mi" }, "STORE_MAX_BYTES"],
  [{ STORE_MAX_SECONDS: "0" }, "STORE_MAX_SECONDS"],
])("refuses %j", (change, name) => {
  expect(() => readUpstream({ ...on, ...change })).toThrow(name);
});
