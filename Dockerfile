# The image of the worker. With another command it runs the command line or the simulators.
#
#   docker build -t durable-job-tracker .
#   docker run --env-file deploy/compose/worker.env -e TEMPORAL_ADDRESS=temporal.internal:7233 durable-job-tracker
#   docker run --rm -e TEMPORAL_ADDRESS=temporal.internal:7233 durable-job-tracker jobtrack list
#
# For both architectures: docker buildx build --platform linux/amd64,linux/arm64 …
# `npm run check:deploy` runs these steps without a container engine. The image was not built, because no container engine was available.

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && chmod +x dist/cli/main.js
# Temporal's packages are peer dependencies of the package. Here they become dependencies, and all that only developers need goes.
RUN node -e "const all = require('./package.json'); \
  Object.assign(all.dependencies, all.peerDependencies); \
  for (const key of ['devDependencies', 'peerDependencies', 'peerDependenciesMeta']) delete all[key]; \
  fs.writeFileSync('package.json', JSON.stringify(all))" \
  && npm prune --no-audit --no-fund
# The SDK contains its native part for five platforms, and its sources. This image does not need 120 MB of it.
RUN rm -rf node_modules/@temporalio/core-bridge/sdk-core \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

# This base has glibc. The SDK's native part does not run on musl.
FROM node:22-bookworm-slim
# ca-certificates: without them the SDK refuses to connect, even to a server without TLS.
# tini: passes signals on, and reaps orphans if the engine adds no init.
# The versions are not pinned: the distribution is stable, and the image should get its security fixes.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates tini \
  && rm -rf /var/lib/apt/lists/* \
  && ln -s /app/dist/cli/main.js /usr/local/bin/jobtrack
WORKDIR /app
# root owns these files, because the worker writes nothing here.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The C library uses two heaps for all threads, not eight for each core. With many jobs this needs a third less memory.
ENV NODE_ENV=production \
  MALLOC_ARENA_MAX=2 \
  JOBTRACK_HEALTH_ADDRESS=0.0.0.0:8080 \
  JOBTRACK_METRICS_ADDRESS=0.0.0.0:9464
EXPOSE 8080 9464
# The user node, by its number: Kubernetes' runAsNonRoot knows no names.
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://${process.env.JOBTRACK_HEALTH_ADDRESS}/healthz`).then((answer) => process.exit(Number(!answer.ok)), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "dist/worker.js"]
