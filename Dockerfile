# docker build --target api|worker .    Node runs the TypeScript sources: there is no build step.

# The manifests alone, so that a change of source does not install the dependencies again.
FROM node:24-bookworm-slim AS manifests
WORKDIR /source
COPY . .
RUN mkdir /manifests && find . -name '*package*.json' -exec cp --parents '{}' /manifests ';' && cp .npmrc /manifests

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim AS app
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app ./
COPY . .
USER node

FROM app AS api
ENV HOST=0.0.0.0 PORT=3000
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "apps/api/src/main.ts"]

FROM app AS worker
ENV HOST=127.0.0.1 MANYHANDS_HEALTH=3001 MANYHANDS_FUNCTIONS=/app/examples/functions
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.MANYHANDS_HEALTH).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "apps/worker/src/main.ts"]
