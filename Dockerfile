# The CTO queue: one image for the server and the workers.
#   docker build --tag cto-queue .
#   docker run --rm cto-queue doctor

FROM node:22-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Nothing of a dependency is run while it is installed.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-slim
ENV NODE_ENV=production CTO_HOME=/var/lib/cto
WORKDIR /opt/cto
COPY --from=build /build/package.json /build/LICENSE /build/NOTICE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN ln -s /opt/cto/dist/cli/main.js /usr/local/bin/cto && chmod 755 dist/cli/main.js \
  && mkdir -p /var/lib/cto && chown node:node /var/lib/cto
USER node
VOLUME /var/lib/cto
EXPOSE 3000
# Of the server. A worker has no port unless it is given one: its own check is in docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node gets SIGTERM itself: a worker stops before its next signature, within 30 s.
STOPSIGNAL SIGTERM
ENTRYPOINT ["cto"]
CMD ["serve"]
