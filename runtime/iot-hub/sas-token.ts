/** What a token is made of. */
export interface SasTokenParts {
  /** The resource that the token is for, encoded: the text that was signed. */
  readonly audience: string;
  /** When it ends, in whole seconds since the epoch. */
  readonly expiry: number;
  /** HMAC-SHA256 of `stringToSign` in base64, by the key that IoT Hub knows. */
  readonly signature: string;
  /** Name of the policy or of the kind of key; devices and modules have none, registrations have `registration`. */
  readonly keyName?: string;
}

/**
 * The resource of a token, encoded as IoT Hub compares it: ids are encoded by themselves, and the whole once more, as IoT
 * Edge's own runtime does, so that an id with `/` or `%` stays one.
 *
 * @param host IoT Hub's host name, or the scope of a provisioning service
 * @param segments the rest of the path, such as `devices`, the device's id, `modules`, the module's id
 */
export function audienceOf(host: string, ...segments: readonly string[]): string {
  return encodeURIComponent([host, ...segments.map(encodeURIComponent)].join("/"));
}

/** What the key signs for a token. */
export function stringToSign(audience: string, expiry: number): string {
  return `${audience}\n${expiry}`;
}

/** The token as it is sent: header `Authorization` of HTTPS, password of MQTT. */
export function sasToken({ audience, expiry, signature, keyName }: SasTokenParts): string {
  const name = keyName === undefined ? "" : `&skn=${keyName}`;
  return `SharedAccessSignature sr=${audience}&sig=${encodeURIComponent(signature)}${name}&se=${expiry}`;
}
