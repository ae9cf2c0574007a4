import type { Clock } from "#base";
import type { IotedgedSettings } from "#contract";
import { type DevicePlace, placeOf } from "#iot-hub";
import { ConcurrencyLimit, OverloadedError } from "../authentication/concurrency-limit.ts";
import type { ModuleIdentity } from "../authentication/module-identity.ts";
import { parseRfc3339 } from "../certificates/expiration.ts";
import { alternativeNames } from "../certificates/host-names.ts";
import { type CertificateRequest, type IssuedCertificate, issueCertificate } from "../certificates/issue.ts";
import { type GrantedNames, type NamedModule, nameRules, serverNamesFor } from "../certificates/server-names.ts";
import type { WorkloadCa } from "../certificates/workload-ca.ts";
import { iotedgedErrors } from "../errors.ts";
import { badRequest, forbidden, unavailable } from "../http-error.ts";

/** Issues certificates to modules. */
export interface ModuleCertificates {
  /** A client certificate, by which the module shows who it is; of 2 hours at most, and that long by default. */
  issueIdentity(module: ModuleIdentity, expiration: string | undefined): Promise<IssuedCertificate>;
  /**
   * A server certificate for the names of the module's Service, and for another host where the policy of names lets the
   * module have it.
   *
   * @throws HttpError 403 with code EDGE_IOTEDGED_NAME_REFUSED
   */
  issueServer(module: ModuleIdentity, commonName: string, expiration: string): Promise<IssuedCertificate>;
}

const identityLife = 2 * 3_600_000;
const dayMilliseconds = 86_400_000;
/** X.520's limit; a longer name stands in the alternative names only. */
const maxCommonName = 64;
const maxIssuing = 4;
const maxWaiting = 256;
const patience = 10_000;

export function createModuleCertificates(options: {
  readonly settings: Pick<
    IotedgedSettings,
    "installation" | "deviceId" | "hubHostname" | "gatewayHostname" | "certificates"
  >;
  /** Where the device is. @default what the settings say */
  readonly place?: (() => Promise<DevicePlace | undefined>) | undefined;
  readonly ca: { readonly current: WorkloadCa };
  /** What the module is known by besides its identity. */
  readonly namesOf: (module: ModuleIdentity) => Pick<NamedModule, "hostname" | "allotted" | "serviceNames">;
  readonly clock: Clock;
  /** @param name common name of the certificate */
  readonly onIssued: (
    module: ModuleIdentity,
    kind: "identity" | "server",
    issued: IssuedCertificate,
    name: string,
  ) => void;
}): ModuleCertificates {
  const { settings, ca, namesOf, clock, onIssued, place = async () => placeOf(settings) } = options;
  const { namespace } = settings.installation;
  const limit = new ConcurrencyLimit({ clock, maxRunning: maxIssuing, maxWaiting, patience });

  async function issue(module: ModuleIdentity, kind: "identity" | "server", request: CertificateRequest) {
    const issued = await limit
      .run(() => issueCertificate(ca.current, request, clock.now()))
      .catch((error: unknown) => {
        if (error instanceof OverloadedError)
          throw unavailable("overloaded", "Too many certificates are asked for, try again", error);
        throw unavailable("unavailable", "No certificate can be issued at present", error);
      });
    onIssued(module, kind, issued, request.commonName);
    return issued;
  }

  function end(expiration: string | undefined, longest: number): number {
    const now = clock.now();
    if (expiration === undefined) return now + longest;
    const asked = parseRfc3339(expiration);
    if (asked === undefined) throw badRequest("expiration is no RFC 3339 time");
    if (asked <= now) throw badRequest("expiration is over");
    return Math.min(asked, now + longest);
  }

  async function knownPlace(): Promise<DevicePlace> {
    const known = await place();
    if (known === undefined) throw unavailable("unavailable", "The device has not been assigned to an IoT Hub yet");
    return known;
  }

  /** Nobody gets a certificate by which to pass for anybody else. */
  function grantedNames(module: ModuleIdentity, commonName: string, { hubHostname }: DevicePlace): GrantedNames {
    const installation = { ...settings, namespace, hubHostname };
    const names = serverNamesFor(commonName, { ...module, ...namesOf(module) }, installation);
    if (names === undefined) throw badRequest("commonName is neither a host name nor an IP address");
    if (!("rule" in names)) return names;
    const { host, rule } = names;
    const error = iotedgedErrors.EDGE_IOTEDGED_NAME_REFUSED({ host, reason: nameRules[rule] });
    throw forbidden(`${error.code}: ${error.message}. ${error.remedy}`, { rule, name: host });
  }

  return {
    issueIdentity: async (module, expiration) =>
      issue(module, "identity", {
        commonName: module.moduleId.length <= maxCommonName ? module.moduleId : module.objectName,
        alternativeNames: [{ type: "url", value: moduleUri(await knownPlace(), module) }],
        usage: "client",
        notAfter: end(expiration, identityLife),
      }),
    issueServer: async (module, commonName, expiration) => {
      const names = grantedNames(module, commonName, await knownPlace());
      return issue(module, "server", {
        commonName: names.commonName,
        alternativeNames: alternativeNames(names.hosts),
        usage: "server",
        notAfter: end(expiration, settings.certificates.serverMaxDays * dayMilliseconds),
      });
    },
  };
}

/**
 * What IoT Edge writes into a module's certificate; a URI is ASCII, so some characters are escaped. `%` is as well, which an
 * id may hold: no two ids have the same URI.
 */
function moduleUri({ hubHostname, deviceId }: DevicePlace, module: ModuleIdentity): string {
  const uri = `azureiot://${hubHostname}/devices/${deviceId}/modules/${module.moduleId}`;
  return uri.toWellFormed().replace(/[^!-$&-~]/gu, encodeURIComponent);
}
