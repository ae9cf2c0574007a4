/** How the device gets its place in IoT Hub. */
export interface ProvisioningArgs {
  /** `manual`: a connection string of the device. */
  source: string;
  /**
   * Name of a Secret of the user's own, which iotedged alone mounts, with the device's connection string as
   * `connectionString`, and, if wanted, one with its other key as `secondaryConnectionString`.
   */
  existingSecret: string;
  /** PEM of further CAs by which the hub may be known, one each, such as that of a proxy that opens TLS. @default none */
  trustedCas?: string[];
}
