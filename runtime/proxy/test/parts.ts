import { rm } from "node:fs/promises";
import { afterAll, beforeAll } from "vitest";
import { createAuthority, type TestAuthority } from "./certificates.ts";
import { buildProxy } from "./proxy.ts";

/** What tests of the real proxy share. */
export interface ProxyParts {
  /** Directory of the built proxy. */
  readonly build: string;
  readonly first: TestAuthority;
  readonly second: TestAuthority;
}

const timeout = 60_000;

/** Has the parts made before the tests of a file, and removed after them. They can be read as soon as tests run. */
export function shareProxyParts(): ProxyParts {
  let build: string;
  let first: TestAuthority;
  let second: TestAuthority;
  beforeAll(async () => {
    build = await buildProxy();
    first = await createAuthority("first");
    second = await createAuthority("second");
  }, timeout);
  afterAll(() => rm(build, { recursive: true, force: true }), timeout);
  return {
    get build() {
      return build;
    },
    get first() {
      return first;
    },
    get second() {
      return second;
    },
  };
}
