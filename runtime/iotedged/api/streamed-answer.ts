/** An answer of bytes that are sent as they come, instead of a JSON value. */
export class StreamedAnswer {
  readonly mediaType: string;
  readonly chunks: AsyncIterable<Uint8Array | string>;

  /** @param chunks its iterator is closed when the client hangs up; one that waits for long should heed the call's signal */
  constructor(mediaType: string, chunks: AsyncIterable<Uint8Array | string>) {
    this.mediaType = mediaType;
    this.chunks = chunks;
  }
}
