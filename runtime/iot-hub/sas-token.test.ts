import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { judgeSasToken } from "../../test/iot-hub/sas-token.ts";
import { audienceOf, sasToken, stringToSign } from "./sas-token.ts";

const key = Buffer.from("0123456789abcdef".repeat(2));
const expiry = 1_893_456_000;

function signed(audience: string, by: Buffer = key, keyName?: string): string {
  const signature = createHmac("sha256", by).update(stringToSign(audience, expiry)).digest("base64");
  return sasToken({ audience, expiry, signature, ...(keyName === undefined ? {} : { keyName }) });
}

/** Made by Microsoft's own code from the same key and time. */
const vectors = [
  {
    what: "a device's",
    token: signed(audienceOf("hub.test", "devices", "d1")),
    fields: "sr=hub.test%2Fdevices%2Fd1&sig=ijjtxypCwEjiJYtANzrkEjMCmEVtk%2F3cH2s%2FK52Ku2o%3D&se=1893456000",
  },
  {
    what: "a module's",
    token: signed(audienceOf("hub.test", "devices", "d1", "modules", "$edgeAgent")),
    fields:
      "sr=hub.test%2Fdevices%2Fd1%2Fmodules%2F%2524edgeAgent&sig=qsUXoU87vZFSYxxY5oka0%2FXrKhb6n0ZJ6Rw2eitPL64%3D&se=1893456000",
  },
  {
    what: "a registration's",
    token: signed(
      audienceOf("0ne00000001", "registrations", "line-1"),
      Buffer.from("kxXls51tE6//0PqGn7YCQcUXnPbCkF1ksEpqpB1311A=", "base64"),
      "registration",
    ),
    fields:
      "sr=0ne00000001%2Fregistrations%2Fline-1&sig=44AmJcK9PLbB3DNKprR4mv9kdrxN1GynE14db2sifbY%3D&skn=registration&se=1893456000",
  },
];

describe("a SAS token", () => {
  it.each(vectors)("is $what as Microsoft's code makes it", ({ token, fields }) => {
    expect(token).toBe(`SharedAccessSignature ${fields}`);
  });

  it.each(["d1", "a%b", "a%20b", "@:=", "Ünder"])("names the device %s, whatever is in its id", (deviceId) => {
    const audience = { segments: ["hub.test", "devices", deviceId], keyName: undefined };
    const token = signed(audienceOf("hub.test", "devices", deviceId));
    expect(judgeSasToken(token, audience, [key.toString("base64")], 0)).toHaveProperty("token");
  });
});
