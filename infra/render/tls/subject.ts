import type { JsonName } from "@peculiar/x509";
import type { TlsInputs } from "./inputs.ts";

/** Arguments of a subject in the order in which the real provider writes them, and the attribute of each. */
const attributes = [
  ["country", "C"],
  ["organization", "O"],
  ["organizationalUnit", "OU"],
  ["locality", "L"],
  ["province", "ST"],
  ["streetAddresses", "2.5.4.9"],
  ["postalCode", "2.5.4.17"],
  ["commonName", "CN"],
  ["serialNumber", "2.5.4.5"],
  ["emailAddress", "E"],
] as const;

/** Distinguished name of a certificate or of a request. An absent subject is an empty name. */
export function readSubject(subject: TlsInputs | undefined): JsonName {
  if (subject === undefined) return [];
  return attributes.flatMap(([argument, attribute]) => {
    const values = argument === "streetAddresses" ? subject.texts(argument) : [subject.optionalText(argument)];
    return values.filter((value) => value !== undefined).map((value) => ({ [attribute]: [value] }));
  });
}
