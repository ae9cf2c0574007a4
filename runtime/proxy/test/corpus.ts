const host = "Host: localhost\r\n";
const close = "Connection: close\r\n";
const long = "a".repeat(9_000);
const large = "a".repeat(70_000);
const hidden = `GET /smuggled HTTP/1.1\r\n${host}\r\n`;

/** Reason for what HAProxy cannot read as a request: it says so by a page of its own, without header. */
export const unreadable = "unreadable";

/** Requests that must be refused as they stand, with the check that refuses them. */
export const refusedRequests: readonly (readonly [name: string, bytes: string, status: number, reason: string])[] = [
  ["CONNECT", `CONNECT localhost:35001 HTTP/1.1\r\n${host}\r\n`, 400, unreadable],
  ["CONNECT to a path", `CONNECT /x HTTP/1.1\r\n${host}\r\n`, 400, unreadable],
  ["TRACE", `TRACE / HTTP/1.1\r\n${host}\r\n`, 405, "method"],
  ["absolute form", `GET http://localhost/ HTTP/1.1\r\n${host}${close}\r\n`, 400, "request-line"],
  [
    "protocol upgrade",
    `GET / HTTP/1.1\r\n${host}Connection: close, upgrade\r\nUpgrade: websocket\r\n\r\n`,
    400,
    unreadable,
  ],
  ["dot segment", `GET /a/../b HTTP/1.1\r\n${host}${close}\r\n`, 400, "path"],
  ["encoded dot segment", `GET /a/%2e%2e/b HTTP/1.1\r\n${host}${close}\r\n`, 400, "path"],
  ["path above the root", `GET /../b HTTP/1.1\r\n${host}${close}\r\n`, 400, "path"],
  ["empty segment", `GET /a//b HTTP/1.1\r\n${host}${close}\r\n`, 400, "path"],
  ["encoded zero byte", `GET /a%00 HTTP/1.1\r\n${host}${close}\r\n`, 400, "path"],
  ["foreign host", `GET / HTTP/1.1\r\nHost: evil.example\r\n${close}\r\n`, 421, "host"],
  ["no host", `GET / HTTP/1.1\r\n${close}\r\n`, 400, "request"],
  ["no host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 421, "host"],
  ["two hosts that differ", `GET / HTTP/1.1\r\n${host}Host: 127.0.0.1\r\n${close}\r\n`, 400, unreadable],
  ["upgrade to HTTP/2", `GET / HTTP/1.1\r\n${host}Upgrade: h2c\r\n\r\n`, 400, "headers"],
  ["preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "request"],
  [
    "two lengths that differ",
    `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`,
    400,
    unreadable,
  ],
  ["a later version", `GET / HTTP/2.0\r\n${host}${close}\r\n`, 400, "request-line"],
  ["a version that there is not", `GET / HTTP/1.9\r\n${host}${close}\r\n`, 400, "request-line"],
  ["web page", `GET / HTTP/1.1\r\n${host}Origin: null\r\n${close}\r\n`, 403, "origin"],
  ["body of a GET", `GET / HTTP/1.1\r\n${host}${close}Content-Length: 3\r\n\r\nabc`, 400, "body"],
  ["a length of 2^32 with GET", `GET / HTTP/1.1\r\n${host}${close}Content-Length: 4294967296\r\n\r\n`, 400, "body"],
  ["a length of 2^31", `POST / HTTP/1.1\r\n${host}${close}Content-Length: 2147483648\r\n\r\n`, 413, "body"],
  ["a length of 2^32", `POST / HTTP/1.1\r\n${host}${close}Content-Length: 4294967296\r\n\r\n`, 413, "body"],
  ["large body", `POST / HTTP/1.1\r\n${host}${close}Content-Length: ${large.length}\r\n\r\n${large}`, 413, "body"],
  [
    "large chunked body",
    `POST / HTTP/1.1\r\n${host}${close}Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n${large}`,
    413,
    "body",
  ],
  ["long path", `GET /${long} HTTP/1.1\r\n${host}${close}\r\n`, 414, "path"],
  ["path that fills the buffer", `GET /${large} HTTP/1.1\r\n${host}${close}\r\n`, 400, unreadable],
  ["large header field", `GET / HTTP/1.1\r\n${host}${close}X: ${long}\r\n\r\n`, 431, "headers"],
  ["header field that fills the buffer", `GET / HTTP/1.1\r\n${host}${close}X: ${large}\r\n\r\n`, 400, unreadable],
  ["negative length", `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400, unreadable],
  ["chunks in HTTP/1.0", `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400, "request"],
  [
    "bad chunk size",
    `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n`,
    400,
    unreadable,
  ],
  ["space before the colon", `POST / HTTP/1.1\r\n${host}Content-Length : 3\r\n\r\nabc`, 400, unreadable],
  ["bare carriage return", `GET / HTTP/1.1\r\n${host}X: a\rY: b\r\n\r\n`, 400, unreadable],
];

/** Requests that may be answered in one way or another, but of which iotedged must never see a second one. */
export const ambiguousRequests: readonly (readonly [name: string, bytes: string])[] = [
  [
    "other transfer coding",
    `POST / HTTP/1.1\r\n${host}${close}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
  ],
  [
    "two transfer codings",
    `POST / HTTP/1.1\r\n${host}${close}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
  ],
  [
    "lines that end with LF alone",
    `POST / HTTP/1.1\n${host}${close}Content-Length: 4\n\nab\n\nGET /smuggled HTTP/1.1\n\n`,
  ],
  [
    "chunks that end with LF alone",
    `POST / HTTP/1.1\r\n${host}${close}Transfer-Encoding: chunked\r\n\r\n2\nab\n0\n\nGET /smuggled HTTP/1.1\r\n\r\n`,
  ],
  [
    "underscore length",
    `POST / HTTP/1.1\r\n${host}${close}Content_Length: 40\r\nContent-Length: 0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
  ],
  ["HTTP/0.9", "GET /smuggled\r\n\r\n"],
  ["the same host twice", `GET / HTTP/1.1\r\n${host}${host}${close}\r\n${hidden}`],
  [
    "the same length twice",
    `POST / HTTP/1.1\r\n${host}${close}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc${hidden}`,
  ],
  ["a list of the same lengths", `POST / HTTP/1.1\r\n${host}${close}Content-Length: 3, 3\r\n\r\nabc${hidden}`],
  [
    "a length and chunks",
    `POST / HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  ],
  ["a folded header field", `GET / HTTP/1.1\r\n${host}${close}X: a\r\n b\r\n\r\n${hidden}`],
  ["white space behind the path", `GET / \t HTTP/1.1\r\n${host}${close}\r\n${hidden}`],
];

/** Beginnings of requests whose ends never come, with the check that gives up. */
export const unfinishedRequests: readonly (readonly [name: string, bytes: string, reason: string])[] = [
  ["a request line", "GET /a", unreadable],
  ["a head", `GET / HTTP/1.1\r\n${host}X: a`, unreadable],
  ["a body", `POST / HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`, "request"],
  [
    "a body that is expected",
    `POST / HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`,
    "request",
  ],
  ["a chunk", `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\na\r\nabc`, "request"],
  ["the last chunk", `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`, "request"],
  ["a trailer", `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: a`, "request"],
];

/**
 * Ends of a request of which one server may see one, another one two.
 *
 * @param smuggled a complete second request
 * @param last a complete last one
 */
export const splitRequests = (smuggled: string, last: string): readonly (readonly [name: string, bytes: string])[] => [
  ["a length and chunks", `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`],
  [
    "chunks and a length",
    `Transfer-Encoding: chunked\r\nContent-Length: ${smuggled.length}\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  ["two lengths", `Content-Length: 2\r\nContent-Length: ${smuggled.length + 2}\r\n\r\n{}${smuggled}`],
  ["a signed length", `Content-Length: +2\r\n\r\n{}${smuggled}`],
  ["a length in hex", `Content-Length: 0x2\r\n\r\n{}${smuggled}`],
  ["a length of two words", `Content-Length: 2 2\r\n\r\n{}${smuggled}`],
  ["a chunk extension with a line end", `Transfer-Encoding: chunked\r\n\r\n2;a\n\r\n{}\r\n0\r\n\r\n${smuggled}`],
  ["a quoted chunk extension", `Transfer-Encoding: chunked\r\n\r\n2;a="\r\n{}\r\n0\r\n\r\n${smuggled}`],
  ["a trailer that looks like a request", `Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n${smuggled}${last}`],
  ["a huge chunk size", `Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n${smuggled}`],
  ["a coding with a tab", `Transfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${smuggled}`],
  ["a coding with a vertical tab", `Transfer-Encoding: \x0bchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${smuggled}`],
  ["a coding in quotes", `Transfer-Encoding: "chunked"\r\n\r\n2\r\n{}\r\n0\r\n\r\n${smuggled}`],
  ["a coding after a comma", `Transfer-Encoding: ,chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${smuggled}`],
  [
    "a coding of two lines",
    `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n${smuggled}`,
  ],
  ["a field name with a space", `Content-Length : 2\r\n\r\n{}${smuggled}`],
  ["a folded field", `X: y\r\n Content-Length: 2\r\n\r\n{}${smuggled}`],
  ["a zero byte", `X: \x00\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
  ["a bare carriage return", `X: y\rContent-Length: 2\r\n\r\n{}${smuggled}`],
  ["a bare line feed", `X: y\nContent-Length: 2\n\n{}${smuggled}`],
  [
    "the token as hop-by-hop field",
    `Connection: authorization, content-length\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
  ],
];
