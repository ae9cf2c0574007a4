import { isJsonObject, parseJson } from "#base";

/** Requests of one caller that iotedged has refused by one rule. */
export interface AuditRefusal {
  readonly rule: string;
  readonly action: string;
  /** The module, or else the account or the address that the token did not prove. */
  readonly who: string;
  readonly isModule: boolean;
  readonly count: number;
  /** When it was refused last, as the log has it. */
  readonly last: string;
}

/** Why a proxy answered itself, by its own word. */
export interface ProxyFailure {
  /** As in `X-Iotedge-Proxy-Error`; empty where it was no request's. */
  readonly error: string;
  /** What OpenSSL says of a certificate. */
  readonly cause: string;
}

const maxText = 128;
const maxLines = 5000;

/** What the audit lines of iotedged's log say was refused, by caller and rule. */
export function refusalsIn(log: string): readonly AuditRefusal[] {
  const found = new Map<string, AuditRefusal>();
  for (const line of linesOf(log)) {
    if (line.audit !== "refused" && line.audit !== "left-out") continue;
    const [rule, module] = [textOf(line.rule), textOf(line.module)];
    const who = module || textOf(line.account) || textOf(line.address) || "somebody";
    const key = JSON.stringify([rule, who]);
    const before = found.get(key);
    const leftOut = Number(line.leftOut ?? 0) || 0;
    found.set(key, {
      rule,
      action: textOf(line.action),
      who,
      isModule: module !== "",
      count: (before?.count ?? 0) + (line.audit === "refused" ? 1 : 0) + leftOut,
      last: textOf(line.time),
    });
  }
  return [...found.values()];
}

/** The rule by which one request was refused; undefined where no line tells. */
export function refusalOf(log: string, requestId: string): string | undefined {
  return linesOf(log).flatMap((line) =>
    line.audit === "refused" && line.requestId === requestId ? [textOf(line.rule)] : [],
  )[0];
}

/** What the proxy says where it lacks something, by what it calls that in `X-Iotedge-Proxy-Error`; it says so once. */
export const lackingMessages: Readonly<Record<string, string>> = {
  "trust-bundle": "the proxy has no valid trust bundle to verify iotedged with",
  address: "the proxy cannot resolve iotedged's name",
  "token-expired": "the proxy's token for iotedged has expired",
  token: "the proxy has no token for iotedged",
};
const lackOf = new Map(Object.entries(lackingMessages).map(([error, message]) => [message, error]));
/** What it says once it has found an address. */
const found = / is at [\da-f.:]+$/;

/** What a proxy has logged last of a request that failed, or of what it lacks; undefined where there is nothing. */
export function proxyFailureIn(log: string): ProxyFailure | undefined {
  let last: ProxyFailure | undefined;
  for (const { proxyError, cause, msg } of linesOf(log)) {
    const lacking = lackOf.get(textOf(msg));
    if (textOf(proxyError) !== "" || textOf(cause) !== "") last = { error: textOf(proxyError), cause: textOf(cause) };
    else if (lacking !== undefined) last = { error: lacking, cause: "" };
    else if (last?.error === "address" && found.test(textOf(msg))) last = undefined;
  }
  return last;
}

function linesOf(log: string): readonly Readonly<Record<string, unknown>>[] {
  const lines = log.split("\n").slice(-maxLines);
  return lines.map((line) => parseJson(line)).filter(isJsonObject);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, maxText) : "";
}
