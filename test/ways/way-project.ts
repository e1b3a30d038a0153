/** The files of a project, by path. */
export type Files = Readonly<Record<string, string>>;

/** What each program prints, however it is run: its event is accepted and handled, and what a handler writes into a module is there for the program. */
export const expected = JSON.stringify({ outcome: "accepted", status: "started", shared: ["order-1"] });

const said = `const seen = { outcome: receipt.outcome, status: order?.status, shared: mailbox.welcomed };
console.log(JSON.stringify(seen));`;

/** The program. `ending` is how it writes imports of its own files; `domain` is code for what the configuration does not say. */
export function program({ ending = ".ts", mailbox = "./mailbox", options = "" } = {}): string {
  return `import { createProcessSystem } from "perdure";
import { mailbox } from "${mailbox}${ending}";

export async function main() {
  const system = await createProcessSystem(${options});
  await system.start();
  const receipt = await system.dispatch({ type: "OrderPlaced", aggregateId: "order-1" });
  await system.whenIdle();
  const [order] = await system.processes.find({ aggregateId: "order-1" });
  ${said.replace("\n", "\n  ")}
  await system.stop();
}

void main();
`;
}

export const mailbox = `export const mailbox: { readonly welcomed: string[] } = { welcomed: [] };
`;

/** A process and the handler of its command, with their paths below the domain. The handler shares `mailbox` with the program. */
export function domain({ ending = ".ts", mailbox: path = "../../../mailbox" } = {}): Files {
  const folder = "order/processes/order-lifecycle";
  const typed = (name: string) => `import type { ProcessManager } from "./+types/${name}${ending}";\n`;
  return {
    [`${folder}/index.ts`]: `${typed("order-lifecycle")}
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  timeout: "7d",
});
`,
    [`${folder}/on-order-placed.ts`]: `${typed("on-order-placed")}
export async function handler({ event, commands }: ProcessManager.HandlerArgs) {
  await commands.welcome({ aggregateId: event.aggregateId });
}
`,
    [`${folder}/on-order-lifecycle-timed-out.ts`]: "export async function handler() {}\n",
    [`${folder}/on-order-lifecycle-failed.ts`]: "export async function handler() {}\n",
    "order/commands/welcome.ts": `import type { Command } from "./+types/welcome${ending}";
import { mailbox } from "${path}${ending}";

export async function handler({ command }: Command.HandlerArgs) {
  mailbox.welcomed.push(command.aggregateId);
}
`,
  };
}

export function config(domainPath: string): string {
  return `import { defineConfig } from "perdure/config";

export default defineConfig({ domain: "${domainPath}", store: { path: ":memory:" } });
`;
}

/** The same files in a folder. */
export function under(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

const strict = {
  target: "ES2023",
  module: "NodeNext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  types: ["node"],
  skipLibCheck: true,
};

/** A tsconfig.json of a project with generated types. */
export function tsconfig(options: object, include: readonly string[] = ["**/*", ".perdure/types/**/*"]): string {
  const compilerOptions = { ...strict, rootDirs: [".", "./.perdure/types"], ...options };
  return JSON.stringify({ compilerOptions, include, exclude: ["dist"] });
}
