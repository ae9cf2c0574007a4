import Type, { type Static } from "typebox";
import { Check, Errors } from "typebox/schema";
import { rbacErrors } from "../errors.ts";
import { parseText } from "../source/text/parse-text.ts";
import type { Waiver, Waivers } from "./waivers.ts";

const text = Type.String({ minLength: 1 });
const WaiversSchema = Type.Array(
  Type.Object(
    {
      rule: text,
      subject: text,
      scope: Type.Optional(text),
      cluster: Type.Optional(text),
      owner: text,
      reason: text,
      expires: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" }),
    },
    { additionalProperties: false },
  ),
);

/**
 * Reads a list of waivers in YAML or JSON.
 *
 * @param today as YYYY-MM-DD; a waiver counts on the day on which it expires
 * @throws EDGE_RBAC_SYNTAX, EDGE_RBAC_WAIVERS_INVALID
 */
export function readWaivers(content: string, file: string, today: string): Waivers {
  const [document] = parseText(content, file);
  const list = document?.content ?? [];
  if (!Check(WaiversSchema, list)) {
    const [, [error]] = Errors(WaiversSchema, list);
    const problem = `${error?.instancePath || "the file"} ${error?.message ?? "has a wrong shape"}`;
    throw rbacErrors.EDGE_RBAC_WAIVERS_INVALID({ file, problem });
  }
  const waivers = (list as Static<typeof WaiversSchema>).map((waiver, index): Waiver => ({ ...waiver, index }));
  const invalid = waivers.find(({ expires }) => Number.isNaN(Date.parse(expires)));
  if (invalid !== undefined) {
    throw rbacErrors.EDGE_RBAC_WAIVERS_INVALID({ file, problem: `/${invalid.index}/expires is no date` });
  }
  return {
    active: waivers.filter(({ expires }) => expires >= today),
    expired: waivers.filter(({ expires }) => expires < today),
  };
}
