/** What a client may take of an API server: sizes in bytes, times in milliseconds. */
export interface HttpLimits {
  readonly bodyLimit: number;
  readonly maxHeaderSize: number;
  /** From the connection's or the request's start to the end of its head. */
  readonly headersTimeout: number;
  /** From the request's start to the end of its body. */
  readonly requestTimeout: number;
  readonly handshakeTimeout: number;
  /** How long a connection may rest between requests: longer than the proxies keep theirs, so that they close it. */
  readonly keepAliveTimeout: number;
  /** How long nothing may move on a connection while a request is served: a client that does not read is hung up on. */
  readonly stallTimeout: number;
  /** How often the two request times above are enforced. */
  readonly connectionsCheckingInterval: number;
  readonly maxConnections: number;
  /** Of one client's address: pods have one each, but those of a node share one where its network rewrites them. */
  readonly maxConnectionsPerAddress: number;
  /** Characters of a path's parameter, percent-encoded. */
  readonly maxParamLength: number;
}

export const httpLimits: HttpLimits = {
  bodyLimit: 64 * 1024,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  handshakeTimeout: 10_000,
  keepAliveTimeout: 75_000,
  stallTimeout: 120_000,
  connectionsCheckingInterval: 1000,
  maxConnections: 2048,
  maxConnectionsPerAddress: 1024,
  maxParamLength: 1024,
};
