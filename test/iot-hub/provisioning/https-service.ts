import { type Answer, provisioningErrorAnswer } from "../https/answer.ts";
import type { HttpsRequest, HttpsService } from "../https/server.ts";
import { errorOfStatus, HubError } from "../hub/errors.ts";
import type { JsonValue } from "../json.ts";
import { objectOf } from "../twin/limits.ts";
import type { Provisioning, ProvisioningReply } from "./provisioning.ts";

/** Those of the SDK for Node, of IoT Edge 1.1, and of 1.2 and later. */
export const provisioningApiVersions: readonly string[] = ["2019-03-31", "2019-04-15", "2021-06-01"];

export function provisioningHttpsService(provisioning: Provisioning): HttpsService {
  const { hostName, faults, clock } = provisioning;
  const path = "/:scope/registrations/:registrationId";

  function authorized(request: HttpsRequest) {
    const { scope = "", registrationId = "" } = request.params;
    const { "api-version": version = "", ...more } = request.query;
    if (!provisioningApiVersions.includes(version)) throw new HubError("NotServed", `api-version ${version}`);
    const unknown = Object.keys(more).find((name) => name !== "forceRegistration");
    if (unknown !== undefined) throw new HubError("NotServed", `unknown parameter ${unknown}`);
    const { authorization, certificate } = request.credentials;
    const admitted = provisioning.authorize(scope, registrationId, { token: authorization, certificate });
    request.caller(registrationId);
    return { registrationId, ...admitted };
  }

  return {
    hostName,
    routes: [
      {
        method: "PUT",
        path: `${path}/register`,
        handle: (request) => {
          const { registrationId, enrollment, credential } = authorized(request);
          const body = objectOf(request.body as JsonValue, "the body");
          return answerOf(provisioning.register(registrationId, enrollment, credential, body));
        },
      },
      {
        method: "GET",
        path: `${path}/operations/:operationId`,
        handle: (request) => {
          const { registrationId } = authorized(request);
          return answerOf(provisioning.poll(registrationId, request.params.operationId ?? ""));
        },
      },
    ],
    fault: (line) => {
      if (faults.away) return "cut";
      const fault = faults.take("https", line);
      if (fault === undefined) return undefined;
      return fault.cut === true ? "cut" : errorOfStatus(fault.status ?? 503, fault.retryAfter);
    },
    errorAnswer: (error) => provisioningErrorAnswer(error, clock.now()),
  };
}

function answerOf({ status, body, retryAfterSeconds }: ProvisioningReply): Answer {
  return {
    status,
    body,
    ...(retryAfterSeconds === undefined ? {} : { headers: { "retry-after": String(retryAfterSeconds) } }),
  };
}
