/** Why a direct method is answered with another status than 200. The message goes to whoever has called it. */
export class MethodFailure extends Error {
  override readonly name = "MethodFailure";
  /** 400: the request is wrong. 403: the installation does not let it. 500: it did not work. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
