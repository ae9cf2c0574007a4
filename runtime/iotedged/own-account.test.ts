import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mountPaths } from "#contract";
import { accountOf, readOwnAccount, requireOwnAccount } from "./own-account.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenOf = (payload: unknown) => `${encode({ alg: "none" })}.${encode(payload)}.c2ln`;
const sub = "system:serviceaccount:edge-a:iotedged";

describe("iotedged's own account", () => {
  it("is what its token says", async () => {
    const root = await mkdtemp(join(tmpdir(), "edge-account-"));
    try {
      expect(await readOwnAccount(root)).toBeUndefined();
      await mkdir(join(root, mountPaths.kubernetesToken), { recursive: true });
      await writeFile(join(root, mountPaths.kubernetesToken, "token"), `${tokenOf({ sub })}\n`);
      expect(await readOwnAccount(root)).toBe(sub);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it.each(["", "opaque", "a.b", tokenOf(null), tokenOf([]), tokenOf({ sub: 1 }), "a.%%%.c"])(
    "is unknown by a token such as %j, which is no reason to end",
    (token) => {
      expect(accountOf(token)).toBeUndefined();
      expect(() => requireOwnAccount(accountOf(token), "edge-a")).not.toThrow();
    },
  );

  it.each([
    "system:serviceaccount:edge-b:iotedged",
    "system:serviceaccount:edge-a:dev-iotedged",
    "system:serviceaccount:edge-a:iotedged-dev",
  ])("ends it when it is %s, by the name of what an overlay does", (account) => {
    expect(() => requireOwnAccount(account, "edge-a")).toThrow(
      expect.objectContaining({
        code: "EDGE_IOTEDGED_OTHER_ACCOUNT",
        message: expect.stringContaining(account),
        remedy: expect.stringContaining("namePrefix"),
      }),
    );
  });

  it.each([sub, "system:admin"])("is fine as %s", (account) => {
    expect(() => requireOwnAccount(account, "edge-a")).not.toThrow();
  });
});
