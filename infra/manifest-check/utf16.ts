/** The way out of a file in UTF-16, in which PowerShell 5 writes. */
export const utf8Remedy = "Write it in UTF-8, as `iconv -f UTF-16 -t UTF-8` does.";

/** By its byte-order mark; or, without one, by what its first character, which JSON has of ASCII, leaves of a byte. */
export function isUtf16([first, second]: Uint8Array): boolean {
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return hasMark || (first !== undefined && second !== undefined && (first === 0) !== (second === 0));
}
