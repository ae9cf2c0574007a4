const redacted = "[redacted]";
const beginKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/;
const endKey = /-----END [A-Z ]{0,40}PRIVATE KEY-----/;
/** Each begins where no such run has begun before it, so that the time stays in proportion to the text. */
const secrets: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, redacted],
  [/(?<!\w)(bearer|basic)[ \t]{1,4}[\w.~+/=-]{8,}/gi, `$1 ${redacted}`],
  [/(?<!\w)(sig|sharedaccesskey|accountkey|password|secret)(=|%3D)[^;&\s"']+/gi, `$1$2${redacted}`],
];

/** Takes tokens, SAS keys and signatures out of a text. What a module calls a secret of its own cannot be known. */
export function scrubText(text: string): string {
  return secrets.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** {@link scrubText} of each line, and private keys in PEM over several. */
export async function* scrubLines(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isKey = false;
  for await (const line of lines) {
    const text = line.toString("utf8");
    const begins = beginKey.test(text);
    const ends = endKey.test(text);
    if (begins) yield Buffer.from(`${redacted}\n`);
    else if (!isKey) yield Buffer.from(scrubText(text));
    isKey = (isKey || begins) && !ends;
  }
}
