import { isIP } from "node:net";
import { moduleObjectName } from "#contract";
import type { Rule, TokenOwner } from "../http-error.ts";

/** What somebody asked for, and what came of it. */
export interface Act {
  readonly outcome: "refused" | "done";
  /** Name of the route; `none` where there is none. */
  readonly action: string;
  readonly status: number;
  /** The rule that refused, or let in. */
  readonly rule: Rule;
  readonly requestId: string;
  readonly who: Who;
  /** Id of the module that the path names, as the client wrote it. */
  readonly target?: string | undefined;
  /** Names of the pods that were acted on. */
  readonly pods?: readonly string[] | undefined;
  /** Host that a certificate was asked for. */
  readonly name?: string | undefined;
}

/** As far as it is proven by a token; the address always. */
export interface Who extends TokenOwner {
  readonly address: string | undefined;
}

/** All fields of an audit line beside those that every line of the log has. There are no others. */
export const auditFields = {
  audit: "`refused`, `done`, or `left-out` for a count alone",
  action: "what was asked for: the name of the route, `none` where there is none",
  status: "status of the answer",
  rule: "which rule refused, or, when it is done, which one let it in",
  requestId:
    "header `x-request-id` of the answer, and `requestId` in the log of the caller's proxy; who calls without a proxy can choose it",
  module: "id of the module that asked, proven by its token",
  pod: "its pod, proven by its token",
  podUid: "uid of that pod",
  account: "user of a genuine token that was refused",
  address: "address that it came from: with a node's network, or where addresses are rewritten, several have the same",
  target: "Kubernetes name of the module that the path names, if there is one",
  pods: "pods that were acted on, the first 16",
  name: "host that a certificate was asked for and refused: letters, digits and `.:_-`, the one thing of a body that is told",
  leftOut: "lines of the same who and rule (or action) that were left out before this one",
} as const;

/** A line as it is written. */
export type AuditLine = { readonly [Field in keyof typeof auditFields]?: string | number | readonly string[] };

const maxText = 128;
const maxPods = 16;
/** What has no place in a line that people read in a terminal: control and format characters, halves of characters. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Puts an act into the closed set of fields. What others have chosen is cut, and cannot pass for anything else.
 *
 * @param isModule whether there is a module of that Kubernetes name: what else a path holds is nobody's name
 */
export function auditLineOf(act: Act, isModule: (objectName: string) => boolean): AuditLine {
  const { outcome, action, status, rule, requestId, who, pods, name } = act;
  const target = act.target === undefined ? undefined : moduleObjectName(act.target);
  return withoutUndefined({
    audit: outcome,
    action,
    status,
    rule,
    requestId,
    ...whoOf(who),
    target: target !== undefined && isModule(target) ? target : undefined,
    pods: pods?.slice(0, maxPods).map(plain),
    name: name === undefined ? undefined : plain(name),
  });
}

/** Fields that tell who it was. */
export function whoOf({ module, pod, podUid, account, address }: Who): AuditLine {
  const text = (value: string | undefined) => (value === undefined ? undefined : plain(value));
  return withoutUndefined({
    module: text(module),
    pod: text(pod),
    podUid: text(podUid),
    account: text(account),
    address: plainAddress(address),
  });
}

function plainAddress(address = ""): string | undefined {
  const bare = address.replace(/^::ffff:(?=\d)/, "");
  return isIP(bare) === 0 ? undefined : bare;
}

function plain(text: string): string {
  return text.slice(0, maxText).replace(hidden, "?");
}

function withoutUndefined(line: Record<keyof AuditLine, unknown> | Record<string, unknown>): AuditLine {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => value !== undefined)) as AuditLine;
}
