/** How the device gets its place in IoT Hub. */
export interface ProvisioningArgs {
  /** `manual`: the hub and the device are said here. `dps`: the Device Provisioning Service says them. */
  source: string;
  /**
   * By what the device proves itself, as IoT Edge's `config.toml` has it: `sas` with `manual`, `symmetric_key` with `dps`, and
   * `x509` with either.
   *
   * @default the one that goes with the source
   */
  method?: string;
  /**
   * Name of a Secret of the user's own, which iotedged alone mounts. With `sas` it has the device's connection string as
   * `connectionString`, with `symmetric_key` the enrollment's key, or the one derived from a group's, as `symmetricKey`; and,
   * if wanted, that of the other key as `secondaryConnectionString`, `secondarySymmetricKey`. With `x509` it is of type
   * `kubernetes.io/tls`: the device's certificate as `tls.crt`, its key as `tls.key`.
   */
  existingSecret: string;
  /** With `dps`: ID scope of the service. */
  idScope?: string;
  /** With `dps`: the device's name there. */
  registrationId?: string;
  /** With `dps`: the service. @default "https://global.azure-devices-provisioning.net" */
  globalEndpoint?: string;
  /**
   * With `dps`, when the service is asked again: `Dynamic`, where the hub refuses the device; `AlwaysOnStartup`, also when
   * iotedged starts.
   *
   * @default "Dynamic"
   */
  autoReprovisioningMode?: string;
  /**
   * How EdgeAgent speaks to the hub, by IoT Edge's names: `Mqtt`, at port 8883, or `MqttWs`, by WebSocket at port 443.
   *
   * @default "Mqtt"
   */
  upstreamProtocol?: string;
  /**
   * URL of a proxy by which iotedged reaches the hub and the service, and EdgeAgent with `MqttWs`: `http://` or `https://`, a
   * host and a port, without a password.
   *
   * @default none
   */
  httpsProxy?: string;
  /** Hosts that are reached without the proxy, as entries of `NO_PROXY`. @default none */
  noProxy?: string[];
  /** PEM of further CAs by which the hub may be known, one each, such as that of a proxy that opens TLS. @default none */
  trustedCas?: string[];
}
