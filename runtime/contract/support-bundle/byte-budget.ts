/** Bytes that an archive may still hold. */
export interface ByteBudget {
  readonly isSpent: boolean;
  /** Passes on what fits, and ends where nothing does any more. */
  limit(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
}

export function createByteBudget(bytes: number): ByteBudget {
  let left = bytes;
  return {
    get isSpent() {
      return left <= 0;
    },
    async *limit(chunks) {
      for await (const chunk of chunks) {
        if (left <= 0) return;
        const part = chunk.subarray(0, left);
        left -= part.length;
        yield part;
      }
    },
  };
}
