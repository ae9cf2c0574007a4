/** What IoT Hub answers when it refuses: number and HTTP status by name, as Microsoft's `ErrorCode` has them. */
const codes = {
  ArgumentInvalid: { code: 400004, status: 400 },
  IotHubUnauthorizedAccess: { code: 401002, status: 401 },
  IotHubUnauthorized: { code: 401003, status: 401 },
  IotHubSuspended: { code: 403001, status: 403 },
  IotHubQuotaExceeded: { code: 403002, status: 403 },
  DeviceNotFound: { code: 404001, status: 404 },
  ModuleNotFound: { code: 404010, status: 404 },
  DeviceNotOnline: { code: 404103, status: 404 },
  DeviceAlreadyExists: { code: 409001, status: 409 },
  ModuleAlreadyExistsOnDevice: { code: 409301, status: 409 },
  PreconditionFailed: { code: 412001, status: 412 },
  MessageTooLarge: { code: 413001, status: 413 },
  TooManyModulesOnDevice: { code: 413003, status: 413 },
  ThrottlingException: { code: 429001, status: 429 },
  ServerError: { code: 500001, status: 500 },
  /** Outside of what the fake serves; no answer of IoT Hub. */
  NotServed: { code: 501000, status: 501 },
  ServiceUnavailable: { code: 503001, status: 503 },
  GatewayTimeout: { code: 504101, status: 504 },
} as const;

export type HubErrorName = keyof typeof codes;

export class HubError extends Error {
  override readonly name: HubErrorName;
  readonly code: number;
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;

  constructor(name: HubErrorName, message: string, more: { status?: number; retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = name;
    this.code = codes[name].code;
    this.status = more.status ?? codes[name].status;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** The error that IoT Hub has for an HTTP status. */
export function errorOfStatus(status: number, retryAfterSeconds?: number): HubError {
  const name = (Object.keys(codes) as HubErrorName[]).find((each) => codes[each].status === status) ?? "ServerError";
  return new HubError(name, "injected by a test", {
    status,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export const argumentInvalid = (message: string) => new HubError("ArgumentInvalid", message);
