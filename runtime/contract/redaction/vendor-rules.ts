import type { Finder, Range } from "./ranges.ts";

/** What a rule of secretlint calls; it asks for nothing else. */
interface RuleContext {
  readonly sharedOptions: object;
  createTranslator(messages: object): (id: string) => object;
  report(found: { readonly range: Range }): void;
  ignore(found: object): void;
}

interface Rule {
  readonly meta: { readonly id: string };
  create(
    context: RuleContext,
    options: object,
  ): {
    file?(source: { filePath: string; content: string; ext: string; contentType: "text" }): unknown;
  };
}

/**
 * Rules that are not taken: a log must not turn others off by a comment. Keys in PEM that are whole and in one text are
 * only a part of those that are found here; so are passwords in addresses, of which those rules take the host, too.
 */
const left: ReadonlySet<string> = new Set([
  "@secretlint/secretlint-rule-filter-comments",
  "@secretlint/secretlint-rule-privatekey",
  "@secretlint/secretlint-rule-basicauth",
  "@secretlint/secretlint-rule-database-connection-string",
]);

/** Escapes that hide a border from the rules, which are made for source code: `%22`, `\n`, `\u0022`. */
const escapes = /%(?:25)*[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|[nrtbf"'/])/g;

/**
 * The tokens of about 25 services, as secretlint's recommended rules know them. They are called without secretlint's own
 * core, which reads files and lets comments turn rules off. Loaded when it is asked for: it takes 15 ms.
 */
export async function loadVendorRules(): Promise<Finder> {
  const { rules } = await import("@secretlint/secretlint-rule-preset-recommend");
  let found: Range[] = [];
  const context: RuleContext = {
    sharedOptions: {},
    createTranslator: () => () => ({ message: "", messageId: "" }),
    report: ({ range }) => void found.push(range),
    ignore: () => {},
  };
  const active = (rules as unknown as readonly Rule[])
    .filter(({ meta }) => !left.has(meta.id))
    .map((rule) => rule.create(context, {}));
  const search = (content: string) => {
    for (const { file } of active) file?.({ filePath: "text", content, ext: "", contentType: "text" });
  };
  return (text) => {
    found = [];
    search(text);
    const bare = text.replace(escapes, (hidden) => " ".repeat(hidden.length));
    if (bare !== text) search(bare);
    return found;
  };
}
