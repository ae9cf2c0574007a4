import { documentedYaml } from "./documented-yaml.ts";

/** Flux's own objects as the page shows them, for artifacts that are signed and have encrypted keys. */
export async function documentedFlux() {
  const [source, kustomization] = await documentedYaml("gitops.md", "name: iotedge-keys");
  const [verifying] = await documentedYaml("gitops.md", "provider: cosign");
  const [decrypting] = await documentedYaml("gitops.md", "provider: sops");
  return [
    { ...source, spec: { ...source.spec, ...verifying.spec } },
    { ...kustomization, spec: { ...kustomization.spec, ...decrypting.spec } },
  ];
}
