import type { V1TokenReview, V1TokenReviewStatus } from "@kubernetes/client-node";
import type { ApiClient } from "#shared";

/** Asks the API server whose a token is. */
export interface TokenReviewer {
  /** @throws EdgeError when the API server gives no verdict */
  review(token: string): Promise<V1TokenReviewStatus>;
}

const path = "/apis/authentication.k8s.io/v1/tokenreviews";

/** @param options.audience the only audience for which tokens may have been made */
export function createTokenReviewer(options: { readonly client: ApiClient; readonly audience: string }): TokenReviewer {
  const { client, audience } = options;
  return {
    review: async (token) => {
      const body = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token, audiences: [audience] },
      };
      const answer = await client.call<V1TokenReview>({ verb: "create", path, body });
      return answer.status ?? { authenticated: false };
    },
  };
}
