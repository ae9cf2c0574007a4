/** What a word that makes a value secret may begin with, so that no other word ends with it by chance: `bypass`. */
const start = "(?<![A-Za-z])";

/** Names whose value is secret, whatever it is. They count as the end of a name: `DB_PASSWORD`, `sharedAccessKey`. */
const strongWords = [
  "pass(?:wor[dt]|wd|phrase|code|key)|passwrd",
  "pwd|pswd|psw|kennwort",
  "(?<!pull[-_]?|existing[-_]?)secret|token|credential",
  "(?:access|account|shared|primary|secondary|private|symmetric|master|signing|encryption|decryption|api|app|client)" +
    "[-_. ]?key",
  "(?:storage|device|identity|root|session|service|subscription|functions?|license|host|admin|user|data|auth|aes|hmac)" +
    "[-_. ]?key",
  "(?:connection|conn)[-_. ]?str(?:ing)?",
  `${start}(?:sig|sas|psk|otp|dsn|pat)`,
] as const;

/** Names whose value is secret where it looks random: `routingKey=orders` is none. */
const weakWords = [
  "key|jwt|signature|hmac|salt|nonce",
  `${start}(?:pass|auth|code|session(?:[-_. ]?id)?|sid|csrf|xsrf|mac|cred)`,
] as const;

/** What may follow the word in a name: `password2`, `token_value`, `PRIMARY_KEY_BASE64`. */
const suffix =
  "s?(?:[-_. ]?(?:value|val|text|plain(?:text)?|raw|base64|b64|hex|hash|enc(?:rypted)?|old|new|next|\\d{1,3}))?";

export const strongName = `(?:${strongWords.join("|")})${suffix}`;
export const weakName = `(?:${weakWords.join("|")})${suffix}`;

const strong = new RegExp(`${strongName}$`, "i");

/** Whether the value of a member with this name is secret, whatever it is. */
export function isSecretName(name: string): boolean {
  return strong.test(name);
}

/** Of which a text that is searched for secrets would too often say something else. */
const ofVariables =
  /(?:^|[_-])(?:(?:pg|db|my|sql|mysql|root|user|admin|redis|mqtt|smtp|ftp|vpn|wifi)?pass|pw|jwt|creds?|(?:age|ca|deploy|gpg|pgp|secret|ssh|ssl|tls)[_-]?key|access[_-]?key[_-]?id)$/i;

/** Whether a module's variable with this name is there for a secret, as `ADMIN_PASS` is. */
export function isSecretVariable(name: string): boolean {
  return isSecretName(name) || ofVariables.test(name);
}

const leastRandom = 16;
const ofRandom = /^[\w+/=.~%-]+$/;

/** Whether a value looks as if it was made by chance: long, of one piece, with letters and digits. No file, no path. */
export function looksRandom(value: string): boolean {
  if (value.length < leastRandom || !ofRandom.test(value) || value.startsWith("/")) return false;
  const digits = value.replace(/\D/g, "").length;
  const letters = value.replace(/[^A-Za-z]/g, "").length;
  return digits >= 2 && letters >= 2 && !/\.[a-z]{2,5}$/.test(value);
}
