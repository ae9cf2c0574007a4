import { describe, expect, it } from "vitest";
import { createAuthority } from "../../test/iot-hub/index.ts";
import { certificateProblem, readCredential } from "./read-credential.ts";

const own = { hubHostname: "myhub.azure-devices.net", deviceId: "line-1" };
const keyOf = (fill: number) => Buffer.alloc(32, fill).toString("base64");
const text = (fill: number, { hubHostname, deviceId } = own) =>
  `HostName=${hubHostname};DeviceId=${deviceId};SharedAccessKey=${keyOf(fill)}`;

describe("the device's credential", () => {
  it("is one key or two, the first of which counts", () => {
    const read = (...texts: string[]) =>
      readCredential(texts, own).credentials.flatMap((one) =>
        one.type === "key" ? [one.key.export().toString("base64")] : [],
      );
    expect(read(text(1), "")).toEqual([keyOf(1)]);
    expect(read(text(1, { ...own, hubHostname: "MyHub.azure-devices.net" }), text(2))).toEqual([keyOf(1), keyOf(2)]);
  });

  it.each([
    [["", text(2)], "EDGE_HUB_CREDENTIAL", "`connectionString`"],
    [["\n"], "EDGE_HUB_CREDENTIAL", "it is missing, or empty"],
    [[text(1), "nonsense"], "EDGE_HUB_CREDENTIAL", "secondaryConnectionString"],
    [[text(1, { ...own, deviceId: "line-2" }), ""], "EDGE_HUB_OTHER_DEVICE", "line-2"],
    [
      [text(1), text(2, { ...own, hubHostname: "other.azure-devices.net" })],
      "EDGE_HUB_OTHER_DEVICE",
      "other.azure-devices.net",
    ],
  ])("is refused by name, and nothing of it is told: %#", (texts, code, named) => {
    const { credentials, problem } = readCredential(texts, own);
    expect(credentials).toEqual([]);
    expect(problem).toMatchObject({ code, message: expect.stringContaining(named) });
    for (const fill of [1, 2]) expect(`${problem?.message}${problem?.remedy}`).not.toContain(keyOf(fill));
  });

  it("is the enrollment's keys with a provisioning service, and a certificate where that is the method", async () => {
    const registration = { globalEndpoint: "https://dps.test", idScope: "0ne1", registrationId: "line-1" };
    const keys = { provisioning: { source: "dps", registration } } as const;
    expect(readCredential([keyOf(1), keyOf(2)], keys).credentials).toMatchObject([{ type: "key" }, { type: "key" }]);
    expect(readCredential(["", ""], keys).problem?.message).toContain("symmetricKey");
    const certificate = { provisioning: { ...keys.provisioning, method: "x509" } } as const;
    const now = Date.now();
    const { cert, key } = await (await createAuthority("CA", now)).issue({
      commonName: "line-1",
      notAfter: now + 9000,
    });
    const { credentials } = readCredential([cert, key], certificate);
    expect(credentials).toMatchObject([{ type: "certificate" }]);
    expect(readCredential([cert, ""], certificate).problem?.message).toContain("tls.key");
    expect(certificateProblem(credentials, now)).toBeUndefined();
    expect(certificateProblem(credentials, now + 9000)?.code).toBe("EDGE_HUB_CERTIFICATE_ENDED");
  });
});
