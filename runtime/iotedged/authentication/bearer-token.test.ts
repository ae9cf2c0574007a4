import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HttpError } from "../http-error.ts";
import { bearerToken, credentialsOf } from "./bearer-token.ts";

const read = (rawHeaders: readonly string[]) => bearerToken(credentialsOf(rawHeaders));
const statusOf = (rawHeaders: readonly string[]): number => {
  try {
    read(rawHeaders);
    return 200;
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
};

describe("the token of a request", () => {
  it.each(["Authorization", "authorization", "AUTHORIZATION"])("takes the token of header %s", (name) => {
    expect(read(["Host", "iotedged", name, "Bearer a.b-c_d.e="])).toBe("a.b-c_d.e=");
  });

  it.each([
    ["another scheme", "Basic YTpi"],
    ["no scheme", "a.b.c"],
    ["the scheme in lower case", "bearer a.b.c"],
    ["two spaces", "Bearer  a.b.c"],
    ["two tokens", "Bearer a.b.c,Bearer a.b.c"],
    ["a trailing space", "Bearer a.b.c "],
    ["an empty token", "Bearer "],
    ["a token above 16 KiB", `Bearer ${"a".repeat(16 * 1024)}`],
  ])("refuses %s", (_what, value) => {
    expect(statusOf(["Authorization", value])).toBe(401);
  });

  it("refuses a request without the header, and one that has it only as a value", () => {
    expect(statusOf([])).toBe(401);
    expect(statusOf(["X-Forwarded", "authorization", "X", "Bearer a.b.c"])).toBe(401);
  });

  it("refuses a repeated header, also when both are equal", () => {
    expect(statusOf(["Authorization", "Bearer a.b.c", "authorization", "Bearer a.b.c"])).toBe(400);
  });

  it("takes a token exactly when it is the one well-formed header", () => {
    const name = fc.constantFrom("Authorization", "authorization", "X-Authorization", "Host");
    const value = fc.oneof(
      fc.string(),
      fc.stringMatching(/^Bearer [\w.~+/-]{1,20}={0,2}$/),
      fc.constantFrom("Bearer", "Bearer\ta", "Bearer é"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), (headers) => {
        const own = headers.filter(([key]) => key.toLowerCase() === "authorization");
        const wellFormed = own.length === 1 && /^Bearer [A-Za-z0-9\-._~+/]+=*$/.test(own[0]?.[1] ?? "");
        expect(statusOf(headers.flat()) === 200).toBe(wellFormed);
      }),
    );
  });
});
