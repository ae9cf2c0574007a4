type Environment = Readonly<Record<string, string | undefined>>;

/** Whether what was written can be written over. */
export function movesCursor({ isTTY }: { readonly isTTY?: boolean }, env: Environment): boolean {
  return isTTY === true && env.TERM !== "dumb";
}

/** https://no-color.org */
export function showsColour(stream: { readonly isTTY?: boolean }, env: Environment): boolean {
  return movesCursor(stream, env) && !env.NO_COLOR;
}

/** Whether more than ASCII is shown. */
export function showsUnicode(env: Environment): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return env.TERM !== "dumb" && (locale === "" || /utf-?8/i.test(locale));
}
