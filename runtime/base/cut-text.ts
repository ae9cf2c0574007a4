/** The beginning of a text that fits into so many bytes of UTF-8, without a part of a character. */
export function cutText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  let end = Math.min(maxBytes, bytes.length);
  while (isContinuation(bytes[end])) end--;
  return bytes.toString("utf8", 0, end);
}

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
