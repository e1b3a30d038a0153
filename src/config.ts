import type { ProcessSystemOptions } from "./system/system-options.ts";

/** Gives a configuration its types where it is written, and returns it as it is. */
export function defineConfig(options: ProcessSystemOptions): ProcessSystemOptions {
  return options;
}
