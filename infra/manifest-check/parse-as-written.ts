import type { ModuleSettings } from "#contract";
import { type ParsedManifest, parseManifest } from "#manifest";
import type { AsWritten } from "./as-written.ts";
import type { AssembledManifest } from "./assemble.ts";

/** What EdgeAgent would find in the manifest, with placeholders as they are written. */
export function parseAsWritten(text: string, settings: ModuleSettings, assembled: AssembledManifest): ParsedManifest {
  const parsed = parseManifest(text, settings);
  return assembled.asWritten.isPlain ? parsed : parsedAsWritten(parsed, tellerOf(assembled, [settings]));
}

/** What tells the problems of a manifest that has been judged by these settings. */
export function tellerOf({ asWritten, unfilled }: AssembledManifest, settings: readonly ModuleSettings[]): AsWritten {
  const text = JSON.stringify(unfilled);
  const found = settings.map((one) => parseManifest(text, one));
  return asWritten.knowing(found.flatMap((one) => [...(one.ok ? [] : one.errors), ...one.warnings]));
}

export function parsedAsWritten(parsed: ParsedManifest, tell: AsWritten): ParsedManifest {
  const warnings = parsed.warnings.map((one) => tell.problem(one));
  return parsed.ok
    ? { ...parsed, warnings }
    : { ...parsed, warnings, errors: parsed.errors.map((one) => tell.problem(one)) };
}
