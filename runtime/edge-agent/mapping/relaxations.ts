import type { Deployment } from "../../shared/kubernetes/kinds.ts";

/** What a module's pod is allowed beyond the hardened defaults: one short phrase each. */
export function relaxationsOf({ spec }: Deployment): readonly string[] {
  const pod = spec?.template.spec;
  const securities = (pod?.containers ?? []).map(({ securityContext }) => securityContext);
  return [
    ...securities.flatMap((security) => [
      ...(security?.readOnlyRootFilesystem === false ? ["writable root file system"] : []),
      ...(security?.capabilities?.add ?? []).map((name) => `capability ${name}`),
    ]),
    ...(pod?.securityContext?.sysctls ?? []).map(({ name }) => `sysctl ${name}`),
  ];
}
