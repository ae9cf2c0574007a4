/**
 * Request header that every proxy sets: which trust bundle it has loaded, as the lowercase hex SHA-256 of the bytes of
 * `trust_bundle.pem`. What a module sends under this name never passes its proxy, so iotedged may believe the header as
 * far as it believes the pod's token.
 */
export const trustBundleHeader = "x-iotedge-trust-bundle";
