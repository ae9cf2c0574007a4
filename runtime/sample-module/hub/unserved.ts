/** Where IoT Hub takes something of a module: what it asks of its twin, and its answers to direct methods. */
const requests = ["$iothub/twin/GET/", "$iothub/twin/PATCH/properties/reported/", "$iothub/methods/res/"];
/** What a module subscribes to for the answers about its twin. */
export const twinAnswers = "$iothub/twin/res/#";
const twinRequest = /^\$iothub\/twin\/(?:GET|PATCH\/properties\/reported)\/\?\$rid=([^/&]{1,128})$/;
const notImplemented = 501;

/** An answer to one client alone. */
export interface HubAnswer {
  readonly topic: string;
  readonly payload: string;
}

/**
 * Whether a module may publish there: nothing comes of it but an answer. Hanging up instead would have the SDKs connect
 * and ask again, without an end. What modules are subscribed to, direct methods, changes of twins and answers, is for the
 * hub alone to tell: all of them have the same topics.
 */
export function isHubRequest(topic: string): boolean {
  return requests.some((request) => topic.startsWith(request));
}

/** Answers a request for the module's twin that there is none; undefined for what no SDK waits for. */
export function answerTwinRequest(topic: string): HubAnswer | undefined {
  const [, requestId] = twinRequest.exec(topic) ?? [];
  if (requestId === undefined) return undefined;
  // The SDK of PyPI goes by the status, that of npm by the code.
  const error = { errorCode: notImplemented * 1000, message: "The sample's hub has no twins: they need IoT Hub" };
  return { topic: `$iothub/twin/res/${notImplemented}/?$rid=${requestId}`, payload: JSON.stringify(error) };
}
