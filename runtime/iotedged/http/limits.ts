/** What a client may take of an API server: sizes in bytes, times in milliseconds. */
export const httpLimits = {
  bodyLimit: 64 * 1024,
  maxHeaderSize: 16 * 1024,
  /** Characters of a path's parameter. */
  maxParamLength: 1024,
  /** From the connection's or the request's start to the end of its head. */
  headersTimeout: 10_000,
  /** From the request's start to the end of its body. */
  requestTimeout: 30_000,
  /** How often the two times above are enforced. */
  connectionsCheckingInterval: 1000,
  /** For the handshake, and before it for a place: the proxies give up by then. */
  handshakeTimeout: 5000,
  /** After which a client that has proven nothing loses its place to who waits for one. */
  patience: 1000,
  /** How long a connection may rest between requests: longer than the proxies keep theirs, so that they close it. */
  keepAliveTimeout: 75_000,
  /** How long nothing may move on a connection while a request is served: a client that does not read is hung up on. */
  stallTimeout: 120_000,
};

export type HttpLimits = Readonly<typeof httpLimits>;
