import { createHash } from "node:crypto";

const alphabets = {
  letters: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  capitals: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  hex: "0123456789abcdef",
  base32: "abcdefghijklmnopqrstuvwxyz234567",
} as const;

/** Characters that look random and are always the same, so that no file of this repository has a token in it. */
export function letters(length: number, of: keyof typeof alphabets = "letters", seed = "a"): string {
  const alphabet = alphabets[of];
  let text = "";
  for (let round = 0; text.length < length; round++) {
    const bytes = createHash("sha256").update(`${seed} ${of} ${round}`).digest();
    for (const byte of bytes) text += alphabet[byte % alphabet.length];
  }
  return text.slice(0, length);
}

const base64url = (text: string) => Buffer.from(text).toString("base64url");

/** A key of 256 bits as IoT Hub has them. */
export const hubKey = createHash("sha256").update("hub").digest("base64");
/** A key of 512 bits as storage accounts have them. */
export const storageKey = createHash("sha512").update("storage").digest("base64");
export const jwt = `${base64url('{"alg":"RS256","typ":"JWT"}')}.${base64url('{"sub":"system:serviceaccount:a:b"}')}.${letters(86)}`;

/** Tokens that are known by their form, by who issues them. */
export const tokens: Readonly<Record<string, string>> = {
  jwt,
  github: `ghp_${letters(36)}`,
  "github app": `ghs_${letters(36)}`,
  "github fine-grained": `github_pat_${letters(82)}`,
  gitlab: `glpat-${letters(20)}`,
  "gitlab runner": `glrt-${letters(20)}`,
  slack: `xoxb-${letters(12, "hex").replace(/\D/g, "1")}-123456789012-${letters(24)}`,
  "slack app": `xapp-1-A${letters(10, "capitals")}-1234567890123-${letters(64, "hex")}`,
  aws: `AKIA${letters(16, "capitals")}`,
  google: `AIza${letters(35)}`,
  "google oauth": `ya29.${letters(60)}`,
  stripe: `sk_live_${letters(24)}`,
  openai: `sk-proj-${letters(74)}T3BlbkFJ${letters(74, "letters", "b")}`,
  anthropic: `sk-ant-api03-${letters(93)}AA`,
  npm: `npm_${letters(36)}`,
  pypi: `pypi-AgEIcHlwaS5vcmc${letters(60)}`,
  docker: `dckr_pat_${letters(27)}`,
  vault: `hvs.${letters(95)}`,
  sendgrid: `SG.${letters(22)}.${letters(43)}`,
  shopify: `shpat_${letters(32, "hex")}`,
  digitalocean: `dop_v1_${letters(64, "hex")}`,
  pulumi: `pul-${letters(40, "hex")}`,
  databricks: `dapi${letters(32, "hex")}`,
  grafana: `glsa_${letters(32)}_${letters(8, "hex")}`,
  tailscale: `tskey-auth-${letters(12)}-${letters(32)}`,
  openshift: `sha256~${letters(43)}`,
  "hugging face": `hf_${letters(34).replace(/\d/g, "x")}`,
  notion: `ntn_12345678901${letters(35)}`,
  linear: `lin_api_${letters(40)}`,
  age: `AGE-SECRET-KEY-1${letters(58, "capitals")}`,
  "entra id": `abc8Q~${letters(34)}`,
};

/** A private key in PEM, with a body of so many lines. */
export function pemKey(lines = 4, kind = ""): string {
  const body = Array.from({ length: lines }, (_, line) => letters(64, "letters", `pem ${line}`));
  return [
    `-----BEGIN ${kind}PRIVATE KEY-----`,
    ...body,
    `${letters(22)}==`,
    `-----END ${kind}PRIVATE KEY-----`,
    "",
  ].join("\n");
}

/** The lines of a private key that nobody may see. */
export function bodyOf(pem: string): string[] {
  return pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
}
