import type { Range } from "./ranges.ts";

/**
 * Forms that are secret wherever they stand. None asks for a border before or behind it, and none for its whole length:
 * a token is still one after `_`, `%22` or a letter, and where the line was cut.
 */
const forms: readonly RegExp[] = [
  // JWTs, and whatever else is JSON in base64: `{"`, `{ "`, `{\n`, `[{"`.
  /(?:eyJ|eyAi|ewog|ewoJ|ew0K|W3si)[\w+/=-]{8,}(?:%(?:25)*(?:2[BbFf]|3[Dd])[\w+/=-]*)*(?:\.[\w+/=-]*){0,4}/g,
  // The same in base64 once more, and keys in PEM in base64: `eyJ`, `-----BEGIN`.
  /(?:ZXlK|LS0tLS1CRUdJTi)[\w+/=-]{8,}/g,
  /(?:gh[pousr]_|github_pat_)\w{8,}/g,
  /(?:gl(?:pat|dt|rt|ptt|cbt|soat|ft|imt|agent|oas|ffct)-|GR1348941)[\w.-]{8,}/g,
  /(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]{8,}/g,
  /(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{12,}/g,
  /(?:AIza[\w-]{16,}|ya29\.[\w.-]{8,}|GOCSPX-[\w-]{8,})/g,
  /(?:[sr]k_(?:live|test|prod)_|whsec_)\w{8,}/g,
  /sk-(?:[a-z]{2,10}-)?[\w-]{20,}/g,
  /(?:npm|dckr_pat|dckr_oat|hf|gsk|lin_api|ntn|rdme|pnu|figd|sntry[us]|shp(?:at|ca|pa|ss)|pscale_(?:tkn|pw|oauth)|v[cC][piark])_[\w.-]{16,}/g,
  /(?:do[opr]_v1_|rubygems_|pul-|dapi|xkeysib-|PMAK-|NRAK-|HRKU-|tskey-[a-z]{2,10}-|sha256~|fo1_|fm[12][ar]?_|gl(?:c|sa)_)[\w+/-]{16,}/g,
  /(?:hv[sbr]\.[\w-]{16,}|SG\.[\w-]{8,}(?:\.[\w-]*)?|dt0c01\.[\w.]{16,}|pypi-AgE[\w-]{16,}|atlasv1\.[\w=-]{16,})/g,
  /AGE-SECRET-KEY-1[A-Z0-9]{8,}/g,
  // A client secret of Entra ID.
  /[\w.~-]{3}\dQ~[\w.~-]{16,}/g,
  // A bootstrap token of Kubernetes; names of Events have hexadecimal digits there.
  /\.(?<=(?<![a-z0-9.])[a-z0-9]{6}\.)(?!1[0-9a-f]{15})(?=[a-z]{0,15}\d)[a-z0-9]{16}(?![a-z0-9.])/g,
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/+]{8,}/g,
  /(?:webhook\.office\.com\/webhookb2|discord(?:app)?\.com\/api\/webhooks|logic\.azure\.com:?\d*\/workflows)\/[\w@/.-]{8,}/g,
  /(?<!\d)\d{8,10}:AA[\w-]{30,}/g,
  // Hashes of passwords.
  /\$(?:2[abxy]|5|6|y|apr1|argon2\w{0,2}|pbkdf2[\w-]{0,16})\$[\w./+=,$-]{16,}/g,
  /\{S?SHA(?:256|512)?\}[\w+/=]{16,}/gi,
];

const bearer = /(?:bearer|basic|sharedkey)(?:[ \t+]|%(?:25)*20){1,4}(?<token>[\w.~+/=%:-]{6,})/gi;
const plainWord = /^(?:[a-z]{1,9}|authentication|authorization|credentials?|challenges?|information)[.:]?$/;

/** `scheme://user:password@host`, also with the slashes escaped, and `user:password@tcp(host)`. */
const userInfo = [
  /:(?:\/\/|\\+\/\\+\/|(?:%(?:25)*2[Ff]){2})(?<user>[^\s/?#@"'<>\\:[\]]{1,256}(?::(?!\d{1,5}[/?#])[^\s"'<>]{0,512})?)@/g,
  /:(?:\/\/|\\+\/\\+\/|(?:%(?:25)*2[Ff]){2})(?<user>:[^\s"'<>@]{1,512})@/g,
  /%3[Aa]%2[Ff]%2[Ff](?<user>[\w.~-]{1,256}(?:%(?:25)*3[Aa]|:)[^\s"'<>&]{1,512}?)(?:%(?:25)*40|@)/g,
  /@(?:tcp|unix)\((?<=(?<user>[^\s:/@"'<>=]{1,128}:[^\s@"'<>]{1,256})@(?:tcp|unix)\()/g,
  /(?:curl|wget)\b[^\n]{0,512}?[ \t](?:-u|--user)[ \t=]{1,4}(?<user>["']?[^\s:]{1,128}:[^\s"']{1,256})/g,
];

const beginPrivate = "-{4,5} ?BEGIN(?:[ +]|%20)[A-Z0-9 +%]{0,60}PRIVATE(?:[ +]|%20)KEY";
const endPrivate = "-{4,5} ?END(?:[ +]|%20)[A-Z0-9 +%]{0,60}PRIVATE(?:[ +]|%20)KEY(?:(?:[ +]|%20)BLOCK)? ?-{4,5}";

/** Where a private key in PEM begins. */
export const beginOfKey = new RegExp(beginPrivate);
/** Where a private key in PEM ends. */
export const endOfKey = new RegExp(endPrivate);

/** Tokens, keys and passwords that are known by their form. */
export function* knownForms(text: string): Generator<Range> {
  for (const form of forms) for (const { index, 0: match } of text.matchAll(form)) yield [index, index + match.length];
  for (const { index, 0: match, groups } of text.matchAll(bearer)) {
    const { token = "" } = groups ?? {};
    const end = index + match.length;
    if (!plainWord.test(token)) yield [end - token.length, end];
  }
  for (const pattern of userInfo) {
    for (const { index, 0: match, groups } of text.matchAll(pattern)) {
      const { user = "" } = groups ?? {};
      const start = text.lastIndexOf(user, index + match.length - user.length);
      yield [start, start + user.length];
    }
  }
}
