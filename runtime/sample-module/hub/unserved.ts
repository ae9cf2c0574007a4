/** IoT Hub's own topics: twins and direct methods, which this hub does not serve. */
const hubTopics = "$iothub/";
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
 * and ask again, without an end. Answers are for the hub alone to give.
 */
export function isHubRequest(topic: string): boolean {
  return topic.startsWith(hubTopics) && !topic.startsWith(twinAnswers.slice(0, -1));
}

/** Answers a request for the module's twin that there is none; undefined for what no SDK waits for. */
export function answerTwinRequest(topic: string): HubAnswer | undefined {
  const [, requestId] = twinRequest.exec(topic) ?? [];
  if (requestId === undefined) return undefined;
  // The SDK of PyPI goes by the status, that of npm by the code.
  const error = { errorCode: notImplemented * 1000, message: "The sample's hub has no twins: they need IoT Hub" };
  return { topic: `$iothub/twin/res/${notImplemented}/?$rid=${requestId}`, payload: JSON.stringify(error) };
}
