import { createCeiling } from "./ceiling.ts";
import { createPerdure } from "./perdure.ts";
import type { Program, ProgramName, ProgramOptions } from "./program.ts";

export async function openProgram(name: ProgramName, options: ProgramOptions): Promise<Program> {
  return name === "perdure" ? createPerdure(options) : createCeiling(options);
}
