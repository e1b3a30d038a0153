import { errorToText } from "../../errors.ts";
import { useClient } from "../project/client.ts";
import { drawOnce, openPage } from "../project/page.ts";
import { type GlobalOptions, loadProject } from "../project/project.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Channel } from "./messages.ts";

/** The page of the project, until the channel says stop. */
export async function runPagePart(globals: GlobalOptions, channel: Channel, terminal: Terminal): Promise<void> {
  const { port, token } = await channel.order;
  const project = await loadProject(globals);
  await useClient(globals, async (client) => {
    await client.system.start();
    const by = nameAsker({});
    const served = await openPage(client, {
      port,
      host: "127.0.0.1",
      ui: { readOnly: false, map: drawOnce(project), ...(by !== null && { by }) },
      ...(token !== undefined && { token }),
      onError: (error) => terminal.note(`error: ${errorToText(error)}`),
    });
    channel.tell({ kind: "serves", url: served.url });
    await channel.stopped;
    await served.close();
  });
}
