import { randomBytes } from "node:crypto";
import { argumentInvalid } from "../hub/errors.ts";
import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import { type Authentication, authenticationTypes } from "./identity.ts";

const keyBytes = { least: 16, most: 64 } as const;
const thumbprint = /^([0-9a-f]{40}|[0-9a-f]{64})$/i;

export const noAuthentication: Authentication = {
  type: "none",
  symmetricKey: { primaryKey: null, secondaryKey: null },
  x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
};

/** Reads what a caller writes into the registry. Keys that are not given are made, as IoT Hub does. */
export function readAuthentication(value: JsonValue | undefined): Authentication {
  if (value === undefined || value === null) return readSas({});
  if (!isObject(value)) throw argumentInvalid("authentication is no object");
  const type = authenticationTypes.find((each) => each === (value.type ?? "sas"));
  if (type === undefined) throw argumentInvalid(`authentication.type ${JSON.stringify(value.type)} is unknown`);
  if (type === "sas") return readSas(objectOrNone(value.symmetricKey));
  if (type === "selfSigned") return readThumbprints(objectOrNone(value.x509Thumbprint));
  return { ...noAuthentication, type };
}

function objectOrNone(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function readSas(given: JsonObject): Authentication {
  const key = (name: "primaryKey" | "secondaryKey") => {
    const text = given[name] ?? "";
    if (text === "") return randomBytes(32).toString("base64");
    const bytes = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.alloc(0);
    if (bytes.toString("base64") !== text || bytes.length < keyBytes.least || bytes.length > keyBytes.most)
      throw argumentInvalid(`${name} is not the base64 of ${keyBytes.least} to ${keyBytes.most} bytes`);
    return text;
  };
  const symmetricKey = { primaryKey: key("primaryKey"), secondaryKey: key("secondaryKey") };
  return { ...noAuthentication, type: "sas", symmetricKey };
}

function readThumbprints(given: JsonObject): Authentication {
  const read = (name: "primaryThumbprint" | "secondaryThumbprint") => {
    const text = given[name] ?? "";
    if (text === "") return null;
    if (typeof text !== "string" || !thumbprint.test(text)) throw argumentInvalid(`${name} is no SHA-1 or SHA-256`);
    return text.toLowerCase();
  };
  const [primaryThumbprint, secondaryThumbprint] = [read("primaryThumbprint"), read("secondaryThumbprint")];
  if (primaryThumbprint === null && secondaryThumbprint === null) throw argumentInvalid("no thumbprint is given");
  return { ...noAuthentication, type: "selfSigned", x509Thumbprint: { primaryThumbprint, secondaryThumbprint } };
}
