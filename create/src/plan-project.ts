import { planInit } from "../../src/cli/init/plan-init.ts";
import { type Choices, sourcesOf } from "./choices.ts";
import { DATABASE, projectFiles } from "./files/project-files.ts";

/**
 * The files of a new project, by path. What Perdure needs in a project, and the first process, come from what `perdure init --example` adds to
 * one, so that both make the same.
 */
export function planProject(choices: Choices): ReadonlyMap<string, string> {
  const files = projectFiles(choices);
  const configured = { domain: `${sourcesOf(choices)}domain`, databases: [DATABASE] };
  const planned = planInit({ read: (path) => files.get(path), hasFolder: () => false, configured }, { example: true });
  if ("problem" in planned) throw new Error(`a new project cannot be added to: ${planned.problem}`);
  return new Map([...files, ...planned.files.map(({ path, text }) => [path, text] as const)]);
}
