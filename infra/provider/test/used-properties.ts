/** An argument object in a program, by the name that the language's SDK has for its type. */
export interface UsedType {
  readonly type: string;
  /** As the program writes them. */
  readonly properties: readonly string[];
}

interface Syntax {
  /** What begins an argument object: group 1 is the type, and the match ends where its properties begin. */
  readonly begins: RegExp;
  /** What names a property, between two others. */
  readonly property: RegExp;
  /** Whether all is in brackets that open with `begins`, or is a chain of calls that ends with `.build()`. */
  readonly isChain?: boolean;
}

const syntaxes = {
  python: { begins: /\b(EdgeInstallation|\w+ArgsArgs)\(/g, property: /(\w+)=/y },
  go: { begins: /\biotedge\.(\w+Args)\{/g, property: /(\w+):/y },
  csharp: { begins: /\bnew (EdgeInstallationArgs|\w+ArgsArgs)\s*\{/g, property: /(\w+) = /y },
  java: {
    begins: /\b(EdgeInstallationArgs|\w+ArgsArgs)\.builder\(\)/g,
    property: /\.(\w+)\(/y,
    isChain: true,
  },
} satisfies Readonly<Record<string, Syntax>>;

export type Language = keyof typeof syntaxes;

/** The argument objects of EdgeInstallation that a program makes, and which properties it gives them. */
export function usedProperties(program: string, language: Language): readonly UsedType[] {
  const syntax: Syntax = syntaxes[language];
  return [...program.matchAll(syntax.begins)].map((match) => ({
    type: match[1] ?? "",
    properties: propertiesFrom(program, match.index + match[0].length, syntax),
  }));
}

function propertiesFrom(program: string, start: number, { property, isChain = false }: Syntax): readonly string[] {
  const found: string[] = [];
  for (let at = start, depth = 0; at < program.length; at += 1) {
    const character = program[at] ?? "";
    if (depth === 0 && (isChain || /[\s({,]/.test(program[at - 1] ?? ""))) {
      property.lastIndex = at;
      const name = property.exec(program)?.[1];
      if (isChain && name === "build") return found;
      if (name !== undefined) found.push(name);
    }
    if (character === '"') at = program.indexOf('"', at + 1);
    else if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) depth -= 1;
    if (depth < 0) return found;
  }
  throw new Error("an argument object does not end");
}
