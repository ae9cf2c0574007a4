import { describe, expect, it } from "vitest";
import { dataKeys } from "#contract";
import { readRecord } from "./observe.ts";

const nobody = { pods: {}, replicas: {} };

describe("the record in ConfigMap iotedged-trust", () => {
  it.each([
    ["there is no ConfigMap", undefined],
    ["a replica's announcement alone has made it", { [dataKeys.ciphertexts]: "{}" }],
    ["it holds nothing", {}],
  ])("is empty while %s", (_, data) => {
    expect(readRecord("edge", data)).toEqual(nobody);
  });

  it("is what its key holds", () => {
    expect(readRecord("edge", { [dataKeys.trustRecord]: JSON.stringify(nobody) })).toEqual(nobody);
  });

  it.each([
    ["", "it is not JSON"],
    ["{", "it is not JSON"],
    ["[]", "it does not have the shape of a record"],
  ])("is refused when it is %o", (text, problem) => {
    expect(() => readRecord("edge", { [dataKeys.trustRecord]: text })).toThrow(
      `ConfigMap iotedged-trust of edge cannot be read: ${problem}`,
    );
  });
});
