import fc from "fast-check";
import { query } from "./readings.ts";

/** A request that can be told from all others by an id, which stands in its path and in its body. */
export interface GeneratedRequest {
  /** Whether there is only one way to read it. */
  readonly sound: boolean;
  /** Id of the module in its path. */
  readonly name: string;
  readonly method: string;
  /** What its body says beside the id. */
  readonly text: string;
  /** All that is sent: the request, one that hides behind it, and one that ends the connection. */
  bytes(id: string): string;
}

const host = "Host: localhost\r\n";
const json = "Content-Type: application/json\r\n";

/** The body that goes with an id. */
export const bodyOf = (id: string, text: string) => ({ id, text });

const targetOf = (segment: string, id: string, end = "") => `/modules/${segment}/genid/${id}/things${end}?${query}`;
const hidden = (id: string) => `GET ${targetOf("hidden", `${id}-hidden`)} HTTP/1.1\r\n${host}\r\n`;
const last = (id: string) => `GET ${targetOf("last", `${id}-last`)} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;

/** Bytes of a text in UTF-8, each as one character. */
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

function chunked(body: string, size: number, lineEnd = "\r\n"): string {
  const chunks = body.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
  const lines = chunks.map((chunk) => `${chunk.length.toString(16)}${lineEnd}${chunk}\r\n`);
  return `Transfer-Encoding: chunked\r\n\r\n${lines.join("")}0\r\n\r\n`;
}

/** Ends of a head, and bodies: of these all servers make the same. */
const soundFramings: readonly ((body: string) => string)[] = [
  (body) => `Content-Length: ${body.length}\r\n\r\n${body}`,
  (body) => chunked(body, 7),
  (body) => chunked(body, 10_000),
];

/** Of these one server may make something else than another. */
const hostileFramings: readonly ((body: string, by: number) => string)[] = [
  (body, by) => `Content-Length: ${body.length - by}\r\n\r\n${body}`,
  (body, by) => `Content-Length: ${body.length + by}\r\n\r\n${body}`,
  (body, by) => `Content-Length: ${body.length}\r\nContent-Length: ${body.length + by}\r\n\r\n${body}`,
  (body, by) => `Content-Length: ${body.length + by}\r\n${chunked(body, 9)}`,
  (body, by) => chunked(body, 9).replace("\r\n\r\n", `\r\nContent-Length: ${by}\r\n\r\n`),
  (body) => chunked(body, 9, ";a=b\r\n"),
  (body) => chunked(body, 9, " \r\n"),
  (body) => chunked(body, 9, "\n"),
  (body) => chunked(body, 9, ";\n\r\n"),
  (body, by) => chunked(body, 9).replace("0\r\n\r\n", `0\r\nContent-Length: ${by}\r\n\r\n`),
  (body) => chunked(body, 9).replace("chunked", "identity, chunked"),
  (body) => chunked(body, 9).replace("chunked", "chunked, chunked"),
  (body) => chunked(body, 9).replace("Transfer-Encoding:", "Transfer_Encoding:"),
  (body) => chunked(body, 9).replace("Transfer-Encoding:", "Transfer-Encoding :"),
];

const fields = [
  json,
  "X: y\r\n",
  "X:\ty\r\n",
  "X : y\r\n",
  " folded\r\n",
  "X: y\n",
  "X: y\r",
  "X: \x00\r\n",
  "X\x00: y\r\n",
  ": y\r\n",
  "Authorization: Bearer evil\r\n",
  "authorization: Basic ZXZpbA==\r\n",
  "X-Request-Id: evil\r\n",
  "X-Iotedge-Trust-Bundle: evil\r\n",
  "Connection: close, authorization, x-request-id, content-length\r\n",
  "Content-Encoding: gzip\r\n",
  "Expect: 100-continue\r\n",
  "Traceparent: 00-0-0-0\r\n",
  "Trailer: Content-Length\r\n",
  "TE: trailers\r\n",
  "Upgrade: h2c\r\n",
  host,
  "Host: 127.0.0.1\r\n",
];

const pathPieces =
  "%2e %2E%2e .. . %2f %2F.. %5c \\ %00 %0d%0a % %zz %25 %252e%252e %c0%ae %ff # ; ;x=1 : @ // / ? & = + ~ | { } ^ ` \x80 \t".split(
    " ",
  );

const method = fc.constantFrom("GET", "POST", "POST", "POST");
const text = fc.string({ unit: "grapheme", maxLength: 20 });
/** Characters of an encoded name. The proxy's log, by which its reading is known, cuts a path of more than 1024. */
const longestName = 250;
/** Two dots or one mean another path, encoded or not. */
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
  .filter((id) => !/^\.{1,2}$/.test(id) && encodeURIComponent(id).length <= longestName);

const soundRequest: fc.Arbitrary<GeneratedRequest> = fc
  .record({ method, text, name, framing: fc.constantFrom(...soundFramings) })
  .map((one) => ({
    ...one,
    sound: true,
    bytes: (id) => {
      const body = utf8(JSON.stringify(bodyOf(id, one.text)));
      const head = `${one.method} ${targetOf(encodeURIComponent(one.name), id)} HTTP/1.1\r\n${host}${json}`;
      return `${head}${one.method === "GET" ? "\r\n" : one.framing(body)}${hidden(id)}${last(id)}`;
    },
  }));

const piece = fc.oneof(fc.constantFrom(...pathPieces), name.map(encodeURIComponent));
const hostileRequest: fc.Arbitrary<GeneratedRequest> = fc
  .record({
    method: fc.oneof(method, fc.constantFrom("HEAD", "PUT", "post", "GET ", "OPTIONS")),
    text,
    segment: fc.oneof(name.map(encodeURIComponent), fc.array(piece, { minLength: 1, maxLength: 3 })),
    end: fc.oneof(
      { weight: 4, arbitrary: fc.constant("") },
      fc.constantFrom("/", "//", "/.", "/..", ";x", "#x", "%2f"),
    ),
    more: fc.array(fc.constantFrom(...fields), { maxLength: 2 }),
    framing: fc.constantFrom(...hostileFramings, ...soundFramings),
    by: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ segment, end, more, framing, by, ...one }) => ({
    ...one,
    sound: false,
    name: [segment].flat().join(""),
    bytes: (id) => {
      const body = utf8(JSON.stringify(bodyOf(id, one.text)));
      const head = `${one.method} ${targetOf([segment].flat().join(""), id, end)} HTTP/1.1\r\n${host}${more.join("")}`;
      return `${head}${framing(body, by)}${hidden(id)}${last(id)}`;
    },
  }));

/** Requests as modules send them, and such as two servers may read in two ways. */
export const generatedRequest = fc.oneof(
  { weight: 1, arbitrary: soundRequest },
  { weight: 3, arbitrary: hostileRequest },
);
