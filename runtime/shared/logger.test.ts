import { expect, it } from "vitest";
import { runtimeErrors } from "./errors.ts";
import { createLogger } from "./logger.ts";

function logged(write: (logger: ReturnType<typeof createLogger>) => void, level = "info"): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  write(createLogger({ component: "iotedged", level, destination }));
  return lines;
}

it("writes one JSON line with level, time, component and message", () => {
  const [line] = logged((logger) => logger.info({ moduleId: "sensor" }, "request served"));
  expect(line).toMatchObject({ level: "info", component: "iotedged", moduleId: "sensor", message: "request served" });
  expect(Date.parse(String(line?.time))).not.toBeNaN();
});

it("tells code, message and remedy of a coded error, and no stack", () => {
  const error = runtimeErrors.EDGE_RUNTIME_FILE_UNREADABLE({ path: "/x", reason: "ENOENT" });
  const [line] = logged((logger) => logger.error({ error }, "failed"));
  expect(line?.error).toEqual({ code: error.code, message: error.message, remedy: error.remedy });
});

it("tells the stack of an unexpected error", () => {
  const [line] = logged((logger) => logger.error({ error: new TypeError("boom") }, "failed"));
  expect(line?.error).toMatchObject({ message: "boom", stack: expect.stringContaining("TypeError") });
});

it("redacts what looks like a credential, at any of three depths", () => {
  const secret = "s3cr3t-canary";
  const lines = logged((logger) => {
    logger.info({ authorization: secret, headers: { authorization: secret }, request: { headers: { token: secret } } });
    logger.info({ spec: { token: secret }, privateKey: secret });
  });
  expect(JSON.stringify(lines)).not.toContain(secret);
});

it("redacts what an error quotes: tokens, passwords in addresses, values with a secret name", () => {
  const secret = "s3cr3t-canary";
  const cause = new Error(`GET https://user:${secret}@example.com failed`);
  const errors = [
    new Error(`DB_PASSWORD=${secret}`, { cause }),
    runtimeErrors.EDGE_RUNTIME_FILE_UNREADABLE({ path: "/x", reason: `Bearer ${secret}` }),
    `"sharedAccessKey":"${secret}"`,
  ];
  const lines = logged((logger) => {
    for (const error of errors) logger.error({ error }, "failed");
  });
  expect(lines).toHaveLength(3);
  expect(JSON.stringify(lines)).not.toContain(secret);
});
