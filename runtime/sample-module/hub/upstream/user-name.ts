/** IoT Hub's version for devices that the SDKs for Node.js and C# name. */
const apiVersion = "2021-04-12";
/** What else a module may say of itself: its SDK, and its model of Plug and Play. */
const passed = ["DeviceClientType", "model-id"];
const mostLength = 1024;

/** User name for IoT Hub of a module that has connected here with `userName`; connecting for others is never passed on. */
export function upstreamUserName(hubHostname: string, clientId: string, userName: string): string {
  const given = new URLSearchParams(userName.slice(userName.indexOf("/?") + 2));
  const more = passed.flatMap((name) => {
    const value = given.get(name);
    return value === null || value.length > mostLength ? [] : [`&${name}=${encodeURIComponent(value)}`];
  });
  return `${hubHostname}/${clientId}/?api-version=${apiVersion}${more.join("")}`;
}
