/** A token in the form that Kubernetes gives it; nobody has signed it. */
export function testToken(id: string, claims: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part({ jti: id, ...claims })}.c2ln`;
}
