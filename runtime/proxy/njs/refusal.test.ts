import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RawRequest, refusalOf } from "./refusal.ts";

const request = (changes: Partial<RawRequest> = {}): RawRequest => ({
  line: "GET /modules HTTP/1.1",
  headers: [["Host", "localhost:35001"]],
  port: "35001",
  ...changes,
});
const line = (target: string, method = "GET") => request({ line: `${method} ${target} HTTP/1.1` });
const withHeaders = (...headers: [string, string][]) => request({ headers: [["Host", "localhost"], ...headers] });

describe("refusalOf", () => {
  it.each([
    "/",
    "/modules/%24edgeHub/genid/1/sign?api-version=2020-07-07",
    "/modules/a%2Fb/genid/x%20y/sign",
    "/a.b/..c/d..?x=..",
    "/?next=//other/../path",
  ])("lets path %s pass", (target) => {
    expect(refusalOf(line(target))).toBeUndefined();
  });

  it.each([
    "/a/../b",
    "/a/..",
    "/./a",
    "/a/%2e%2E/b",
    "/a/.%2e/b",
    "/a/..%2fb",
    "/a%5c..%5cb",
    "//a",
    "/a//b",
    "/a%",
    "/a%2",
    "/a%zz",
    "/a#b",
    "/a\\b",
    "/a?b#c",
  ])("refuses path %s", (target) => {
    expect(refusalOf(line(target))).toMatchObject({ status: 400, reason: "path" });
  });

  it.each([
    "GET http://localhost:35001/modules HTTP/1.1",
    "GET modules HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "GET  /modules HTTP/1.1",
    "GET /modules\tHTTP/1.1",
    "GET /modules",
    "GET /mod\u00fcles HTTP/1.1",
    "GET /modules HTTP/2.0",
    "get /modules HTTP/1.1",
    "",
  ])("refuses request line %j", (requestLine) => {
    expect(refusalOf(request({ line: requestLine }))).toMatchObject({ status: 400, reason: "request-line" });
  });

  it.each(["OPTIONS", "PATCH", "TRACE", "PROPFIND"])("refuses method %s", (method) => {
    expect(refusalOf(line("/modules", method))).toMatchObject({ status: 405, reason: "method" });
  });

  it.each(["localhost", "LOCALHOST", "localhost:35001", "127.0.0.1", "127.0.0.1:35001", "[::1]", "[::1]:35001"])(
    "accepts host %s",
    (host) => {
      expect(refusalOf(request({ headers: [["host", host]] }))).toBeUndefined();
    },
  );

  it.each([
    "evil.example",
    "localhost.evil.example",
    "localhost:35000",
    "localhost:",
    "127.0.0.2",
    "::1",
    "",
    "a@localhost",
  ])("refuses host %j", (host) => {
    expect(refusalOf(request({ headers: [["Host", host]] }))).toMatchObject({ status: 421, reason: "host" });
  });

  it("refuses a request without a host", () => {
    expect(refusalOf(request({ headers: [] }))).toMatchObject({ status: 421 });
  });

  it.each(["Host", "CONTENT-LENGTH", "content-type", "Transfer-Encoding"])("refuses header %s twice", (name) => {
    const headers: [string, string][] = [
      ["host", "localhost"],
      [name, "1"],
      [name.toLowerCase(), "1"],
    ];
    expect(refusalOf(request({ line: "POST /a HTTP/1.1", headers }))).toMatchObject({ status: 400, reason: "headers" });
  });

  it("refuses protocol upgrades and requests of web pages", () => {
    expect(refusalOf(withHeaders(["UPGRADE", "h2c"]))).toMatchObject({ status: 400 });
    expect(refusalOf(withHeaders(["Origin", "https://evil.example"]))).toMatchObject({ status: 403, reason: "origin" });
  });

  it.each(["GET", "HEAD", "DELETE"])("refuses a body with %s", (method) => {
    for (const body of [
      ["Content-Length", "1"],
      ["Transfer-Encoding", "chunked"],
    ] as [string, string][]) {
      const refusal = refusalOf({ ...withHeaders(body), line: `${method} /a HTTP/1.1` });
      expect(refusal).toMatchObject({ status: 400, reason: "body" });
    }
    expect(refusalOf({ ...withHeaders(["Content-Length", "0"]), line: `${method} /a HTTP/1.1` })).toBeUndefined();
  });

  it("survives header names that objects have by themselves", () => {
    expect(refusalOf(withHeaders(["__proto__", "x"], ["constructor", "x"], ["toString", "x"]))).toBeUndefined();
  });

  it("never lets a target pass that a URL parser reads in another way", () => {
    const piece = fc.constantFrom(
      "a",
      "/",
      ".",
      "..",
      "%2e",
      "%2F",
      "%5C",
      "\\",
      "?",
      "#",
      "%",
      "%20",
      "é",
      " ",
      "\t",
      "@",
      ":",
    );
    const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`);
    fc.assert(
      fc.property(target, (text) => {
        if (refusalOf(line(text)) !== undefined) return;
        expect(new URL(`http://localhost${text}`).href).toBe(`http://localhost${text}`);
      }),
      { numRuns: 2000 },
    );
  });
});
