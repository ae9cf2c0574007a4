declare module "vitest" {
  export interface ProvidedContext {
    /** Path of an administrator's kubeconfig for the cluster or control plane under test. */
    kubeconfig: string;
    /** Path of the API server's audit log, JSON lines. */
    auditLog: string;
    /** Path of the kubectl that belongs to the cluster. */
    kubectl: string;
    /** Folder of helm and kustomize; integration tests only. */
    gitopsTools: string;
    /** What `edgectl start` printed on stdout; end-to-end tests only. */
    startOutput: string;
  }
}

export {};
