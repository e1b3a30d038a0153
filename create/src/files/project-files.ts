import { type Choices, sourcesOf } from "../choices.ts";
import { deploymentFiles } from "./deployment-files.ts";
import { writePackageJson } from "./package-json.ts";
import { writeReadme } from "./readme.ts";

/** What a project has beside its domain, by path, before `perdure init` is through with it. */
export function projectFiles(choices: Choices): ReadonlyMap<string, string> {
  const { http, packageManager } = choices;
  const sources = sourcesOf(choices);
  return new Map([
    ["package.json", writePackageJson(choices)],
    ...(packageManager === "pnpm" ? [["pnpm-workspace.yaml", pnpmWorkspace] as const] : []),
    ["tsconfig.json", tsconfig],
    ["tsconfig.build.json", tsconfigBuild],
    [".gitignore", "node_modules/\ndist/\n"],
    ["perdure.config.ts", writeConfig(sources)],
    ["test/order-lifecycle.test.ts", writeTest(sources)],
    ...(http === "hono" ? [[`${sources}server.ts`, server] as const] : []),
    ...deploymentFiles(choices),
    ["README.md", writeReadme(choices)],
  ]);
}

/** The file of the data, unless the environment names another. */
export const DATABASE = "perdure.db";

// pnpm runs no install scripts but those that are named here, by one key up to version 10 and by another from 11 on. The driver needs its own.
const pnpmWorkspace = `onlyBuiltDependencies:
  - better-sqlite3
allowBuilds:
  better-sqlite3: true
  esbuild: false
`;

const tsconfig = `{
  "compilerOptions": {
    "target": "ES2023",
    "module": "NodeNext",
    "outDir": "dist",
    "strict": true,
    "types": ["node"],
    "verbatimModuleSyntax": true,
    // So that Node can run the sources by itself, from 22.18 on.
    "erasableSyntaxOnly": true,
    "rewriteRelativeImportExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  }
}
`;

const tsconfigBuild = `{
  "extends": "./tsconfig.json",
  "compilerOptions": { "noEmit": false, "rootDir": "." },
  "exclude": ["dist", "test"]
}
`;

function writeConfig(sources: string): string {
  return `import { resolve } from "node:path";
import { defineConfig } from "perdure/config";

export default defineConfig({
  // From this file on. It is compiled together with the domain, so in dist it names what was compiled.
  domain: "./${sources}domain",
  // In the folder in which the program is started, whether it runs from dist or not.
  store: { path: resolve(process.env.PERDURE_DB ?? "${DATABASE}") },
});
`;
}

function writeTest(sources: string): string {
  return `import { testProcess } from "perdure/testing";
import { test } from "vitest";

const order = testProcess("./${sources}domain/order/processes/order-lifecycle");

test("an order that is placed is welcomed, and has a week", () =>
  order.when({ type: "OrderPlaced" }).then({ status: "started", commands: ["sendWelcomeEmail"], timeout: "7d" }));

test("an order that is fulfilled is done", () =>
  order.given({ type: "OrderPlaced" }).when({ type: "OrderFulfilled" }).then({ status: "completed", commands: [] }));

test("an order that nobody fulfils is cancelled after a week", () =>
  order.given({ type: "OrderPlaced" }).when("7d").then({ status: "timed_out", commands: ["cancelOrder"] }));
`;
}

const server = `import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createProcessSystem } from "perdure";
import { createHandler } from "perdure/http";

const system = await createProcessSystem();
await system.start();

const app = new Hono();
app.get("/health", (context) => context.json({ state: system.state }));

// A request that is sent again places no second order.
app.post("/orders/:id", async (context) => {
  const id = context.req.param("id");
  const receipt = await system.dispatch({ type: "OrderPlaced", aggregateId: id, eventId: \`\${id}-placed\` });
  return context.json(receipt, 202);
});

// All that Perdure has over HTTP: whoever has the token may dispatch, look and intervene. Without a token nobody may.
const token = process.env.API_TOKEN ?? "";
const handle = createHandler(system, {
  path: "/api/perdure",
  authorize: (request) => token !== "" && request.headers.get("authorization") === \`Bearer \${token}\`,
});
app.all("/api/perdure/*", (context) => handle(context.req.raw));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(\`http://localhost:\${port} takes orders, and \${system.state === "working" ? "this program works on them" : "another program works on them"}\`);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    server.close();
    await system.stop();
  });
}
`;
