import { request } from "undici";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const maxBodyBytes = 1024 * 1024;
/** One question may take this long, in milliseconds; a gate asks again. */
const longest = 30_000;

/** Asks once, without following redirects. Throws where there is no answer, or one beyond 1 MiB. */
export async function askHttp(
  url: string,
  options: { readonly method: "GET" | "POST"; readonly signal: AbortSignal },
): Promise<HttpAnswer> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(longest)]);
  const response = await request(url, { method: options.method, signal });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error("the answer is larger than 1 MiB");
    chunks.push(chunk);
  }
  return { status: response.statusCode, body: Buffer.concat(chunks).toString("utf8") };
}

/** Why there was no answer, without what the address or the library's message may carry. */
export function problemOf(error: unknown): string {
  const { name, code, message } = error as NodeJS.ErrnoException;
  return name === "TimeoutError" ? `no answer within ${longest / 1000} s` : (code ?? message).slice(0, 200);
}
