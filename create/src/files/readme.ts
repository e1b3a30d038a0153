import { type Choices, sourcesOf } from "../choices.ts";

export function writeReadme(choices: Choices): string {
  const { name, packageManager, http } = choices;
  const sources = sourcesOf(choices);
  const run = packageManager === "npm" ? "npm run" : "pnpm run";
  const execute = packageManager === "npm" ? "npx" : "pnpm exec";
  const isServed = http === "hono";
  const served = isServed
    ? `
\`${run} serve\` runs [${sources}server.ts](${sources}server.ts), and runs it anew on each change:

\`\`\`sh
curl -X POST localhost:3000/orders/order-2
\`\`\`

Of \`dev\` and \`serve\` the one that was started first works, and the other waits for its turn. Both take events.
`
    : "";
  return `# ${name}

One process, made with Perdure: an order that is to be fulfilled within a week.

\`\`\`sh
${run} dev
\`\`\`

That runs the worker, keeps the types up to date, and prints the address of a page that shows every instance. In another terminal:

\`\`\`sh
${execute} perdure send OrderPlaced order-1
${execute} perdure show order-lifecycle order-1
\`\`\`
${served}
| | |
|---|---|
| \`${run} check\` | types, and what is wrong with the domain |
| \`${run} test\` | tests, in which a week passes in a millisecond |
| \`${run} build\` | compiles to \`dist\` |
| \`${run} start\` | runs what is in \`dist\`, as in production |

\`\`\`sh
docker build -t ${name} .
docker run --rm -v ${name}-data:/data${isServed ? " -p 3000:3000" : ""} --name ${name} ${name}
docker exec ${name} perdure list
\`\`\`

The data is one SQLite file: \`perdure.db\` here, \`/data/perdure.db\` in the container, or what \`PERDURE_DB\` names. Keep it on a local disk.

| | |
|---|---|
| [${sources}domain](${sources}domain) | the process and its commands: the names of the files say what they handle |
| [test](test) | its tests |
| [perdure.config.ts](perdure.config.ts) | where the domain and the data are |
${isServed ? `| [${sources}server.ts](${sources}server.ts) | the HTTP front |\n` : ""}| [Dockerfile](Dockerfile), [.github/workflows/test.yml](.github/workflows/test.yml) | how it is deployed and tested elsewhere |

The documentation is in \`node_modules/perdure/docs\`, and begins with \`getting-started.md\`.
`;
}
