import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createProcessSystem, openDeadLetters } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createRecording, defineOrder } from "../support/order-process.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

describe("a dlq.path that leads to a file of the store", () => {
  const definition = defineOrder(createRecording());
  const open = (path: string, dlq: string) =>
    createProcessSystem({ definitions: [definition], store: { path }, processes: { dlq: { type: "sqlite", path: dlq } } });
  const refused = { code: "CONFIG_INVALID", message: expect.stringMatching(/dlq\.path and store\.path/) as string };

  const before: Readonly<Record<string, (folder: string) => readonly [path: string, dlq: string]>> = {
    "by a link to a folder": (folder) => {
      mkdirSync(join(folder, "real"));
      symlinkSync(join(folder, "real"), join(folder, "link"));
      return [join(folder, "real/shop.db"), join(folder, "link/shop.db")];
    },
    "by a link to a folder that is still to be made": (folder) => {
      symlinkSync("real/deep", join(folder, "link"));
      return [join(folder, "real/deep/shop.db"), join(folder, "link/shop.db")];
    },
    "by a link to a file that is still to be made": (folder) => {
      symlinkSync("shop.db", join(folder, "dlq.db"));
      return [join(folder, "shop.db"), join(folder, "dlq.db")];
    },
    ...Object.fromEntries(
      ["-wal", "-shm", "-journal"].flatMap((suffix) => [
        [
          `as the file that SQLite calls ${suffix}`,
          (folder: string) => [join(folder, "shop.db"), join(folder, `shop.db${suffix}`)] as const,
        ],
        [`the other way round, as ${suffix}`, (folder: string) => [join(folder, `dlq.db${suffix}`), join(folder, "dlq.db")] as const],
      ]),
    ),
  };
  it.each(Object.keys(before))("is refused before any file is made: %s", async (name) => {
    const folder = createTemporaryFolder();
    const [path, dlq] = before[name]!(folder);
    await expect(open(path, dlq)).rejects.toMatchObject(refused);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(dlq)).toBe(false);
  });

  it("is refused where it is a hard link of the store, or of its log, in whatever folder", async () => {
    const folder = createTemporaryFolder({ "other/.keep": "" });
    const path = join(folder, "shop.db");
    const system = await createProcessSystem({ definitions: [definition], store: { path } });
    onTestFinished(() => system.stop());
    for (const [index, name] of [path, `${path}-wal`].entries()) {
      const dlq = join(folder, `other/${index}.db`);
      linkSync(name, dlq);
      await expect(open(path, dlq)).rejects.toMatchObject(refused);
      expect(readdirSync(join(folder, "other")).filter((each) => each !== `${index}.db` && each.startsWith(`${index}.db`))).toEqual([]);
    }
  });

  it("is refused at a start where it has become one since the system was created", async () => {
    const folder = createTemporaryFolder();
    const [path, dlq] = [join(folder, "shop.db"), join(folder, "dlq.db")];
    const system = await open(path, dlq);
    await system.stop();
    rmSync(dlq);
    linkSync(path, dlq);
    const content = readFileSync(path);
    await expect(system.start()).rejects.toMatchObject(refused);
    expect(readFileSync(path).equals(content)).toBe(true);
  });
});

it("a file of dead letters that cannot be looked at is not said to be missing", () => {
  const folder = createTemporaryFolder();
  symlinkSync("round", join(folder, "round"));
  expect(() => openDeadLetters(join(folder, "round/dlq.db"))).toThrow(/the file cannot be opened \(ELOOP\)/);
  expect(() => openDeadLetters(join(folder, "dlq.db"))).toThrow(/there is no such file/);
});
