import cluster from "node:cluster";
import type { Logger } from "perdure";
import { serveRestate } from "perdure/restate";
import { processOptions } from "../demo/system-options.ts";
import type { Told } from "./services.ts";

if (!cluster.isWorker) throw new Error("service.ts is started by restate/main.ts");

const tell = (told: Told) => process.send?.(told);

// The command handlers of this domain log what they do, and what they do is what the story shows.
const logger: Logger = {
  debug: () => {},
  info: (text, { order, command, commandId } = {}) => {
    if (typeof commandId !== "string") return;
    const by = `${text}, by process ${process.pid}`;
    tell({
      tell: "effect",
      pid: process.pid,
      effect: { tell: "effect", order: String(order), command: String(command), commandId, text: by },
    });
  },
  // What fails is in the journals. The server going away is a part of the story.
  warn: () => {},
  error: (text, { deadLetterId } = {}) => {
    if (deadLetterId === undefined) console.error(text);
  },
};

// In a cluster, everyone who asks for any port is given the same one.
const { port } = await serveRestate({ ...processOptions, logger, port: 0, address: "127.0.0.1" });
tell({ tell: "serves", port });
