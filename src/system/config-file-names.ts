/** The names that a configuration file may have. If a folder has several, the first in this order counts. */
export const configFileNames = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"].map((extension) => `perdure.config${extension}`);
