import type { Desk } from "./desk.ts";
import { type FileDesk, useFileDesk } from "./file-desk.ts";
import { type GlobalOptions, isOnFile, loadProject, refuseOnRestate } from "./project.ts";

/** Opens the desk of the project for as long as `use` takes. @throws CliError when there is no store yet */
export async function useDesk(globals: GlobalOptions, use: (desk: Desk) => Promise<void> | void): Promise<void> {
  const project = await loadProject(globals);
  if (isOnFile(project)) return useFileDesk(project, use);
  // No other project loads anything of Restate.
  const { useRestateDesk } = await import("./restate-desk.ts");
  return useRestateDesk(project, use);
}

/** Opens the desk of a project on a file. `what` needs it: the beginning of a sentence, such as `inspect follows the journal`. */
export async function useDeskOnFile(
  globals: GlobalOptions,
  refusal: { readonly what: string; readonly hint: string },
  use: (desk: FileDesk) => Promise<void> | void,
): Promise<void> {
  const project = await loadProject(globals);
  if (!isOnFile(project)) throw refuseOnRestate(project, refusal);
  return useFileDesk(project, use);
}
