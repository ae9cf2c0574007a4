import { expect, test } from "vitest";
import { addressOf, createAccess, hasCookie, hasToken, isOwnHost, setCookie } from "./access.ts";

const access = createAccess();

test("path, token and cookie are others at each start, and of 128 bits and more", () => {
  const again = createAccess();
  for (const part of ["path", "token", "cookie"] as const) expect(again[part]).not.toBe(access[part]);
  expect([access.path, access.token, access.cookie].map(({ length }) => length)).toEqual([23, 43, 43]);
});

test("the token and the cookie are no use in the place of one another", () => {
  expect(hasToken(access, access.token)).toBe(true);
  for (const wrong of [access.cookie, access.path, "", undefined]) expect(hasToken(access, wrong)).toBe(false);
  const [cookie = ""] = setCookie(access).split(";");
  expect(hasCookie(access, `other=1; ${cookie}; more=2`)).toBe(true);
  // Another console on another port of this machine may have left one of its own.
  expect(hasCookie(access, `edgectl-console=old; ${cookie}`)).toBe(true);
  for (const wrong of [undefined, "", `edgectl-console=${access.token}`, `x${cookie}`]) {
    expect(hasCookie(access, wrong)).toBe(false);
  }
});

test("only the names of this machine are its own, with its port", () => {
  for (const host of ["127.0.0.1:81", "localhost:81"]) expect(isOwnHost(host, 81)).toBe(true);
  const wrong = [
    undefined,
    "",
    "127.0.0.1",
    "localhost",
    "127.0.0.1:82",
    "localhost.:81",
    "evil.example:81",
    "LOCALHOST:8181",
  ];
  for (const host of wrong) expect(isOwnHost(host, 81)).toBe(false);
});

test("the address has the token, which is not in the path", () => {
  const url = new URL(addressOf(access, 81));
  expect([url.host, url.pathname, url.searchParams.get("token")]).toEqual([
    "127.0.0.1:81",
    `${access.path}/`,
    access.token,
  ]);
});
