import { EventEmitter, once } from "node:events";
import { connect } from "node:tls";
import Type from "typebox";
import { afterEach, expect, it } from "vitest";
import { fakeAuthenticator, startTestApi, type TestApi } from "../../../test/fakes/iotedged-api.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import type { Handlers } from "../api/route.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import { unauthenticated } from "../http-error.ts";

const common = { method: "POST", since: "2018-06-28", budget: "requests", status: 204 } as const;
const [response, summary] = [Type.Null(), "A route of the test."];
const routes = {
  "test.end": { ...common, path: "/modules/:name/end", access: "edgeAgent", audited: true, response, summary },
  "test.plain": { ...common, path: "/plain", access: "installation", response, summary },
} as const;
const handlers: Handlers<typeof routes> = {
  "test.end": (_module, _body, _path, call) => {
    call.actedOn = ["sensor-1", "sensor-2"];
    return null;
  },
  "test.plain": () => null,
};

let api: TestApi | undefined;
afterEach(() => api?.close());

const audited = () => (api?.log ?? []).filter((line) => line.includes('"audit"')).map((line) => JSON.parse(line));

it("tells of audited routes that were served, with what was acted on, and of no other", async () => {
  api = await startTestApi({ routes, handlers, authenticator: fakeAuthenticator(["$edgeAgent"]) });
  await api.call("$edgeAgent", "POST", "/plain?api-version=2018-06-28");
  const { headers } = await api.call("$edgeAgent", "POST", "/modules/sensor/end?api-version=2018-06-28");
  expect(audited()).toEqual([
    expect.objectContaining({
      ...{ audit: "done", action: "test.end", status: 204, rule: "access-edgeAgent", target: "sensor" },
      ...{ module: "$edgeAgent", address: "127.0.0.1", pods: ["sensor-1", "sensor-2"] },
      requestId: headers["x-request-id"],
    }),
  ]);
});

it("tells of a refusal also when its client has hung up before", async () => {
  const reached = Promise.withResolvers<void>();
  const authenticator: Authenticator = {
    authenticate: async (_headers, peer) => {
      reached.resolve();
      if (peer instanceof EventEmitter) await once(peer, "close");
      throw unauthenticated("token-refused");
    },
  };
  api = await startTestApi({ routes, handlers, authenticator });
  const socket = connect({ port: api.port, host: "127.0.0.1", servername: "localhost", ca: api.ca.certificatePem });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  socket.write("POST /plain?api-version=2018-06-28 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  await reached.promise;
  socket.destroy();
  await waitFor("the line", () => audited().length > 0 || undefined);
  expect(audited()).toEqual([expect.objectContaining({ audit: "refused", status: 401, rule: "token-refused" })]);
});
