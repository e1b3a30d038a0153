import { type Choices, sourcesOf, tarballOf } from "../choices.ts";

/** What builds, tests and runs a project elsewhere. */
export function deploymentFiles(choices: Choices): readonly (readonly [path: string, text: string])[] {
  return [
    ["Dockerfile", writeDockerfile(choices)],
    [".dockerignore", "node_modules\ndist\n.git\n.perdure\nperdure.db*\n"],
    [".github/workflows/test.yml", writeWorkflow(choices)],
  ];
}

const installed = {
  npm: { lockfile: "package-lock.json", prepare: undefined, install: "npm ci", prune: "npm prune --omit=dev", run: "npm run" },
  pnpm: {
    lockfile: "pnpm-lock.yaml pnpm-workspace.yaml",
    prepare: "npm install --global pnpm",
    install: "pnpm install --frozen-lockfile",
    prune: "CI=true pnpm prune --prod",
    run: "pnpm run",
  },
};

function writeDockerfile(choices: Choices): string {
  const { lockfile, prepare, install, prune, run } = installed[choices.packageManager];
  const tarball = tarballOf(choices);
  const [program, args] = choices.http === "hono" ? ["node", [`${sourcesOf(choices)}server.js`]] : ["node_modules/.bin/perdure", ["start"]];
  const port = choices.http === "hono" ? "EXPOSE 3000\n" : "";
  return `# The whole image has a compiler, for a driver that finds no binary for this platform.
FROM node:22-bookworm AS build
WORKDIR /app
${prepare === undefined ? "" : `RUN ${prepare}\n`}COPY package.json ${lockfile}${tarball === undefined ? "" : ` ${tarball}`} ./
RUN ${install}
COPY . .
RUN ${run} build && ${prune}

# The same release of Debian and of Node, because the driver's binary is for these.
FROM node:22-bookworm-slim
ENV NODE_ENV=production PERDURE_DB=/data/perdure.db PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./
RUN mkdir /data && chown node:node /data
USER node
# A local disk, and one container that works at a time; others wait for their turn.
VOLUME /data
${port}# What runs may finish: docker stop --timeout 20, because a worker takes 15 seconds for that at most.
STOPSIGNAL SIGTERM
CMD ${JSON.stringify([program, ...args]).replaceAll(",", ", ")}
`;
}

function writeWorkflow({ packageManager }: Choices): string {
  const { install, run } = installed[packageManager];
  const setUp = packageManager === "pnpm" ? "      - uses: pnpm/action-setup@v4\n        with:\n          version: latest\n" : "";
  return `name: test
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
${setUp}      - uses: actions/setup-node@v4
        with:
          node-version: 22
          cache: ${packageManager}
      - run: ${install}
      - run: ${run} check
      - run: ${run} test
      - run: ${run} build
`;
}
