import { createHmac, createSecretKey } from "node:crypto";
import type { RequestListener } from "node:http";
import { systemClock } from "../../../runtime/base/clock.ts";
import { loadWorkloadCa } from "../../../runtime/iotedged/certificates/workload-ca.ts";
import { createModuleCertificates } from "../../../runtime/iotedged/workload/module-certificates.ts";
import { workloadRoutes } from "../../../runtime/iotedged/workload/routes.ts";
import { createWorkloadApi } from "../../../runtime/iotedged/workload/workload-api.ts";
import { fakeAuthenticator, identityOf, startTestApi, type TestApi } from "../../fakes/iotedged-api.ts";
import { createTestCa } from "../../fakes/test-ca.ts";

const day = 86_400_000;
const rootKey = Buffer.alloc(32, 1);

/** iotedged's workload API itself, which believes in these modules. */
export interface Workload {
  readonly api: TestApi;
  /** PEM of the CA of servers. */
  readonly caPem: string;
  /** What the sidecar does: plain HTTP on loopback, for one module. */
  sidecarOf(moduleId: string): RequestListener;
  /** What IoT Edge's environment says to a module, but for where its sidecar is. */
  environmentOf(moduleId: string): Readonly<Record<string, string>>;
  /** The key that a module signs with, as IoT Hub's registry has it. */
  keyOf(moduleId: string): string;
}

export async function startWorkload(modules: readonly string[], hubHostname: string): Promise<Workload> {
  const settings = {
    installation: { name: "line-1", namespace: "line-1" },
    ...{ deviceId: "line-1", hubHostname, gatewayHostname: "localhost" },
    certificates: { servingDays: 30, serverMaxDays: 90 },
  };
  const authority = await createTestCa({ name: "ca", notBefore: Date.now() - day, notAfter: Date.now() + 100 * day });
  const ca = { current: await loadWorkloadCa(authority.certificatePem, authority.keyPem) };
  const certificates = createModuleCertificates({
    settings,
    ca,
    namesOf: () => ({ hostname: undefined, allotted: [], serviceNames: [] }),
    clock: systemClock,
    onIssued: () => {},
  });
  const secret = (fill: number) => createSecretKey(Buffer.alloc(32, fill));
  const api = await startTestApi({
    routes: workloadRoutes,
    handlers: createWorkloadApi({
      keys: { rootKey: createSecretKey(rootKey), encryptionKey: secret(2), oldEncryptionKey: secret(3) },
      ciphertexts: { current: 2 },
      readsOld: true,
      certificates,
      onBundleFetched: () => {},
      trustBundle: { current: { pem: authority.certificatePem, hash: "", authorities: [] } },
      listModules: () => [],
      generationOf: (moduleId) => (modules.includes(moduleId) ? identityOf(moduleId).generationId : undefined),
    }),
    authenticator: fakeAuthenticator(modules),
  });
  return {
    api,
    caPem: authority.certificatePem,
    sidecarOf: (moduleId) => async (request, response) => {
      const body = (await request.toArray()).join("");
      const answer = await api.call(moduleId, request.method ?? "", request.url ?? "", body === "" ? {} : { body });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.text);
    },
    environmentOf: (moduleId) => ({
      IOTEDGE_APIVERSION: "2020-07-07",
      IOTEDGE_MODULEID: moduleId,
      IOTEDGE_MODULEGENERATIONID: identityOf(moduleId).generationId,
      IOTEDGE_IOTHUBHOSTNAME: hubHostname,
      IOTEDGE_DEVICEID: settings.deviceId,
      IOTEDGE_GATEWAYHOSTNAME: "localhost",
      IOTEDGE_AUTHSCHEME: "sasToken",
      EdgeDeviceHostName: "localhost",
    }),
    keyOf: (moduleId) =>
      createHmac("sha256", rootKey)
        .update(`${moduleId}primary${identityOf(moduleId).generationId}`)
        .digest("base64"),
  };
}
