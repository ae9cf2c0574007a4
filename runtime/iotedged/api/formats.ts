import Type, { type TString, type TStringOptions } from "typebox";

/** A point in time by RFC 3339. */
export function dateTime(description: string): TString {
  return Type.String({ format: "date-time", description });
}

/** Bytes in base64 with its padding. */
export function base64(description: string, limits: Pick<TStringOptions, "minLength" | "maxLength"> = {}): TString {
  return Type.String({ format: "byte", contentEncoding: "base64", ...limits, description: `${description}, base64.` });
}

/** A whole number, such as a count of bytes, that needs more than 32 bits. */
export function int64(description: string) {
  return Type.Integer({ format: "int64", minimum: 0, description });
}

/** UID of an object in the cluster. */
export function uid(description: string): TString {
  return Type.String({ format: "uuid", description });
}
