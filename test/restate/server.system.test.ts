import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isRestateHere, startRestateServer } from "../support/restate-server.ts";

describe.skipIf(!isRestateHere())("a server of Restate for tests", () => {
  test("keeps its addresses over a kill and a restart, and leaves no process and no folder", async () => {
    let pid = 0;
    let folder = "";
    {
      await using server = await startRestateServer();
      const version = async () => (await fetch(`${server.admin}/version`)).json();
      expect(await version()).toMatchObject({ version: expect.stringMatching(/^1\.\d+\.\d+/) });
      expect(await server.sql("select 1 as one")).toEqual([{ one: 1 }]);
      await expect(server.register("http://127.0.0.1:1")).rejects.toThrow(/answers/);

      const first = server.pid;
      await server.kill();
      await expect(version()).rejects.toThrow("fetch failed");
      await server.restart();
      expect(server.pid).not.toBe(first);
      expect(await server.sql("select 1 as one")).toEqual([{ one: 1 }]);
      ({ pid, folder } = server);
      expect(existsSync(folder)).toBe(true);
    }
    expect(existsSync(folder)).toBe(false);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});
