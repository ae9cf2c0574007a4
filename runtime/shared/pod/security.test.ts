import { expect, it } from "vitest";
import { hardenedContainerSecurity, hardenedPodSecurity } from "./security.ts";

it("meets the restricted Pod Security Standard", () => {
  expect(hardenedPodSecurity).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(hardenedContainerSecurity).toMatchObject({
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
  });
});
