import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lackingMessages, proxyFailureIn } from "./log-lines.ts";

const line = (fields: object) => JSON.stringify({ time: "2026-06-01T00:00:00+00:00", level: "info", ...fields });
const said = (msg: string) => line({ component: "lua", msg });

describe("what a proxy has logged last", () => {
  const request = line({ msg: "request", status: 502, proxyError: "upstream", cause: "certificate verify failed" });
  const unresolved = said(lackingMessages.address ?? "");
  it.each([
    ["nothing of failures", [said("trust bundle /x is in use, 1 bytes, SHA-256 0")], undefined],
    ["a request that failed", [unresolved, request], { error: "upstream", cause: "certificate verify failed" }],
    ["what it lacks", [unresolved], { error: "address", cause: "" }],
    ["that it has found what it lacked", [unresolved, said("iotedged is at 10.245.0.7")], undefined],
    [
      "a request of before it lost its token",
      [request, said(lackingMessages.token ?? "")],
      { error: "token", cause: "" },
    ],
  ])("%s", (_, lines, failure) => expect(proxyFailureIn(["not JSON", ...lines].join("\n"))).toEqual(failure));
});

it("knows what a proxy lacks by the proxy's own words", () => {
  const source = readFileSync(new URL("../../../runtime/proxy/haproxy/proxy.lua", import.meta.url), "utf8");
  const table = /^local messages = \{\n([\s\S]*?)^\}/m.exec(source)?.[1] ?? "";
  const pairs = [...table.matchAll(/\["([a-z-]+)"\] = "([^"]+)"/g)].map(([, error, message]) => [error, message]);
  expect(Object.fromEntries(pairs)).toEqual(lackingMessages);
});
