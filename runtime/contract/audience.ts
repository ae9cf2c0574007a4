/**
 * Audience of the tokens that modules show to iotedged. One per installation, so that a token of one installation is
 * refused by every other and by the API server itself.
 */
export function tokenAudience(installation: { readonly namespace: string; readonly name: string }): string {
  return `iotedge:${installation.namespace}/${installation.name}`;
}
