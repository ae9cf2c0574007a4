import Type, { type Static } from "typebox";
import { Check, Errors } from "typebox/schema";
import { rbacErrors } from "../errors.ts";
import { parseText } from "./text/parse-text.ts";

const State = Type.Object({
  urn: Type.String(),
  custom: Type.Optional(Type.Boolean()),
  external: Type.Optional(Type.Boolean()),
  /** Whether this is an old copy that waits to be deleted. */
  delete: Type.Optional(Type.Boolean()),
  type: Type.String(),
  inputs: Type.Optional(Type.Unknown()),
  provider: Type.Optional(Type.String()),
  sourcePosition: Type.Optional(Type.String()),
});
const Step = Type.Object({
  op: Type.String(),
  urn: Type.String(),
  provider: Type.Optional(Type.String()),
  oldState: Type.Optional(State),
  newState: Type.Optional(State),
});
const Digest = Type.Object({
  steps: Type.Optional(Type.Array(Step)),
  diagnostics: Type.Optional(
    Type.Array(Type.Object({ severity: Type.Optional(Type.String()), message: Type.Optional(Type.String()) })),
  ),
  changeSummary: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  duration: Type.Optional(Type.Number()),
  maybeCorrupt: Type.Optional(Type.Boolean()),
});

export type PreviewState = Static<typeof State>;
export type PreviewStep = Static<typeof Step>;

/**
 * Reads what `pulumi preview --json --show-sames` printed, and refuses what does not show the whole stack.
 *
 * @throws EDGE_RBAC_SYNTAX, EDGE_RBAC_PREVIEW_FORMAT, EDGE_RBAC_PREVIEW_FAILED, EDGE_RBAC_PREVIEW_WITHOUT_SAMES
 */
export function readPreviewDocument(text: string, file: string): readonly PreviewStep[] {
  const wrong = (problem: string) => rbacErrors.EDGE_RBAC_PREVIEW_FORMAT({ file, problem });
  if (isEventStream(text)) throw wrong("it is a stream of engine events, one per line");
  const documents = parseText(text, file);
  const content = documents[0]?.content;
  if (documents.length !== 1 || typeof content !== "object") throw wrong("it is not one JSON object");
  if (!Check(Digest, content)) throw wrong(shapeProblem(content));
  const { steps = [], changeSummary, diagnostics = [], maybeCorrupt } = content;
  const failure = diagnostics.find(({ severity }) => severity === "error");
  if (failure !== undefined || maybeCorrupt === true)
    throw rbacErrors.EDGE_RBAC_PREVIEW_FAILED({ file, problem: firstLine(failure?.message ?? "it may be corrupt") });
  // Pulumi leaves empty parts out, so a digest of an empty stack has nothing but its duration.
  if (changeSummary === undefined && (steps.length > 0 || content.duration === undefined))
    throw wrong("it has no 'changeSummary'");
  const missing = (changeSummary?.same ?? 0) - steps.filter(({ op }) => op === "same").length;
  if (missing > 0) throw rbacErrors.EDGE_RBAC_PREVIEW_WITHOUT_SAMES({ file, missing });
  return steps;
}

/** With PULUMI_ENABLE_STREAMING_JSON_PREVIEW every line is an event with a sequence number. */
function isEventStream(text: string): boolean {
  const [first = ""] = text.trimStart().split("\n", 1);
  return /^\{.*"sequence"\s*:\s*\d+.*\}\s*$/.test(first.slice(0, 100_000));
}

function shapeProblem(content: unknown): string {
  const [, [error]] = Errors(Digest, content);
  return error === undefined ? "its shape is not known" : `${error.instancePath || "the document"} ${error.message}`;
}

const firstLine = (message: string) => message.trim().split("\n")[0] ?? "";
