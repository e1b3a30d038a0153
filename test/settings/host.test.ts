import { createProcessSystem, type ProcessSystemOptions } from "perdure";
import { describe, expect, test as it } from "vitest";
import { loadConfig } from "../../src/system/load-config.ts";
import { readOptions } from "../../src/system/system-options.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

const host = { type: "restate", ingress: "http://127.0.0.1:8080", admin: "https://restate.example.org/admin" } as const;

const refusals: readonly (readonly [unknown, string])[] = [
  [1, "host is 1"],
  [{ ...host, type: "temporal" }, 'host.type is "temporal"'],
  [{ ...host, ingress: undefined }, "host.ingress is undefined"],
  [{ ...host, ingress: "restate:8080" }, 'host.ingress is "restate:8080"'],
  [{ ...host, admin: "http://restate:9070/?a=1" }, 'host.admin is "http://restate:9070/?a=1"'],
  [{ ...host, name: "my shop" }, 'host.name is "my shop"'],
  [{ ...host, name: "" }, 'host.name is ""'],
  [{ ...host, port: 65_536 }, "host.port is 65536"],
  [{ ...host, port: "9080" }, 'host.port is "9080"'],
  [{ ...host, address: 127 }, "host.address is 127"],
  [{ ...host, identityKeys: "publickeyv1_abc" }, 'host.identityKeys is "publickeyv1_abc"'],
  [{ ...host, identityKeys: ["a secret"] }, "host.identityKeys is a secret"],
  [{ ...host, keys: [] }, "host.keys is not an option"],
];

describe("the option host", () => {
  it("takes the addresses of Restate, a name, and a port and keys for what is served", () => {
    for (const given of [
      host,
      { ...host, name: "shop-2", port: 0, address: "127.0.0.1", identityKeys: ["publickeyv1_w7YHemBctH5Ck2nQRQ47iBBqhNHy4FV7t2Usbye2A6f"] },
    ])
      expect(readOptions({ host: given }).host).toEqual(given);
  });

  it.each(refusals)("refuses %j", (given, problem) => {
    // Types would refuse most of these.
    const read = () => readOptions({ host: given } as ProcessSystemOptions);
    expect(read).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", problem: expect.stringContaining(problem) }));
  });

  it("is refused beside a store, because instances are kept in one place", () => {
    expect(() => readOptions({ host, store: {} })).toThrow(expect.objectContaining({ problem: "host and store are both given" }));
  });

  it("is refused by createProcessSystem, which says what to use", async () => {
    await expect(createProcessSystem({ host })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/kept on Restate\n.*serveRestate.*connectRestate/),
    });
  });

  it("of a configuration file leaves no store to be filled in, and keeps one from being overlooked", async () => {
    const folder = createTemporaryFolder({
      "perdure.config.js": `export default { domain: "./domain", host: ${JSON.stringify(host)} };`,
      "both.config.js": `export default { host: ${JSON.stringify(host)}, store: { path: "./shop.db" } };`,
    });
    const { options } = await loadConfig(`${folder}/perdure.config.js`);
    expect(options).toEqual({ domain: `${folder}/domain`, host });
    const { options: both } = await loadConfig(`${folder}/both.config.js`);
    expect(() => readOptions(both)).toThrow("host and store are both given");
  });
});
