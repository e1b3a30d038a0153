import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** An address in front of several others. */
export interface Front extends AsyncDisposable {
  readonly url: string;
}

/** An address whose connections go round to the ports that answer. */
export async function openFront(ports: () => readonly number[]): Promise<Front> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const lead = (from: Socket, left: number) => {
    const all = ports();
    const to = connect(all[turn++ % all.length]!, "127.0.0.1");
    sockets.add(to);
    const give = () => {
      sockets.delete(to);
      to.destroy();
      from.destroy();
    };
    const passOver = () => (left > 1 && !from.destroyed ? lead(from, left - 1) : give());
    to.once("error", passOver);
    to.once("connect", () => {
      to.off("error", passOver).on("error", give).once("close", give);
      from.once("close", give).pipe(to).pipe(from);
    });
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    // Whoever is at the other end closes too.
    socket.on("error", () => socket.destroy()).once("close", () => sockets.delete(socket));
    lead(socket, ports().length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
