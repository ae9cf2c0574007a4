import type { ImageDefinition } from "./catalog.ts";
import { imageUser } from "./system-files.ts";

const header = `# The runtime's images, for docker buildx, podman and buildah: made by \`npm run docs\`.
#
# BASE is a Debian 12 with Node 24 and npm 11, best named by its digest; it runs the build, and nothing of it comes into an
# image. The files are those that \`edgectl images build\` packs, from packages that are locked by their hashes.
ARG BASE
FROM --platform=$BUILDPLATFORM \${BASE} AS build
RUN apt-get update -q && apt-get install -q -y --no-install-recommends binutils ca-certificates debian-archive-keyring
WORKDIR /src
COPY . .
# A registry of npm packages with credentials: --secret id=npmrc,src=$HOME/.npmrc
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --no-audit --no-fund
ARG TARGETARCH
# Other options, such as --locked.
ARG OPTIONS=""
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \\
    node_modules/.bin/node runtime/images/cli.ts build --platform linux/$TARGETARCH --files /images $OPTIONS \\
    && find /images -exec touch --no-dereference --date=@0 {} +
`;

/** The build file for who makes images by a container engine: one target for each image. */
export function containerfile(images: readonly ImageDefinition[]): string {
  return [header, ...images.map(target)].join("\n");
}

function target({ name, config }: ImageDefinition): string {
  const { entrypoint, environment, labels, stopSignal } = config;
  const pairs = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [
    `FROM scratch AS ${name}`,
    `COPY --from=build /images/${name}/ /`,
    ...pairs(environment).map((pair) => `ENV ${pair}`),
    ...pairs(labels).map((pair) => `LABEL ${pair}`),
    `USER ${imageUser}`,
    ...(stopSignal === undefined ? [] : [`STOPSIGNAL ${stopSignal}`]),
    `ENTRYPOINT ${JSON.stringify(entrypoint)}`,
    "",
  ].join("\n");
}
