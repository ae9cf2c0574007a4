/**
 * What kubectl takes a scalar of YAML for. It reads YAML 1.1 with rules of its own (sigs.k8s.io/yaml on
 * go.yaml.in/yaml/v2): `0o14`, `1_000` and `!!binary Kg==` are here what they are there.
 */

/** The text is not of the type that its tag states. */
export class WrongScalar extends Error {}

const core = "tag:yaml.org,2002:";
const maxUnsigned = 2n ** 64n - 1n;
const maxSigned = 2n ** 63n;

/**
 * Words of no text. `yes`, `on`, `n` and their like are none of them: kubectl makes them true and false, which the API
 * server refuses where a name belongs, but what reads YAML 1.2 makes names of them.
 */
const words: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
]);

export type Scalar = string | number | boolean | null;

/** A plain scalar without a tag. */
export function plainScalar(text: string): Scalar {
  const first = text.charCodeAt(0);
  // Most are names; nothing but these characters begins anything else. 48 to 57 are the digits.
  if (!(first >= 48 && first <= 57) && text !== "" && !"+-.~nNtTfF".includes(text[0] as string)) return text;
  const word = words.get(text);
  return word !== undefined ? word : numberOf(text);
}

/**
 * A scalar with a tag.
 *
 * @param tag in full, such as `tag:yaml.org,2002:str`
 * @throws WrongScalar
 */
export function taggedScalar(tag: string, text: string): Scalar {
  if (tag === `${core}binary`) return decodeBase64(text);
  const type = tag.startsWith(core) ? tag.slice(core.length) : "";
  if (!["bool", "int", "float", "null"].includes(type)) return text;
  const value = plainScalar(text);
  if (typeOf(value) === type || (type === "float" && typeof value === "number")) return value;
  throw new WrongScalar(`is no ${type}`);
}

function typeOf(value: Scalar): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  return Number.isInteger(value) ? "int" : "float";
}

function numberOf(text: string): number | string {
  if (text.startsWith(".")) return /^\.[0-9]+([eE][-+]?[0-9]+)?$/.test(text) ? finite(text, text) : text;
  if (!/^[-+0-9]/.test(text)) return text;
  const digits = text.replaceAll("_", "");
  const [, sign = "", body = ""] =
    /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)$/.exec(digits) ?? [];
  if (body !== "") {
    const octal = /^0[0-7]/.test(body) ? `0o${body.slice(1)}` : body;
    const value = BigInt(octal);
    const limit = sign === "" ? maxUnsigned : sign === "-" ? maxSigned : maxSigned - 1n;
    if (value <= limit) return sign === "-" ? -Number(value) : Number(value);
  }
  return /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(digits) ? finite(digits, text) : text;
}

/** A number that is too large for a float is a text. */
function finite(digits: string, text: string): number | string {
  const value = Number(digits);
  return Number.isFinite(value) ? value : text;
}

function decodeBase64(text: string): string {
  const data = text.replace(/[\r\n]/g, "");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(data))
    throw new WrongScalar("is no base64");
  return Buffer.from(data, "base64").toString("utf8");
}
