import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { type Bridge, openBridge } from "../../src/serve/bridge-server.ts";
import { connect } from "./inspector.ts";

/** A bridge that shows nothing and has little patience. */
async function openImpatient(): Promise<Bridge> {
  const bridge = await openBridge({
    port: 0,
    inspector: new URL("https://inspector.example/"),
    follow: () => ({ next: () => undefined }),
    onError: (error) => expect.unreachable(String(error)),
    patienceMs: 100,
  });
  onTestFinished(() => bridge.close());
  return bridge;
}

/** What the bridge answers to a part of a request before it ends the connection, which the other side never does. */
async function answerTo({ url }: Bridge, lines: readonly string[], { goesOn = false } = {}): Promise<string> {
  const { port, search } = new URL(url);
  // With `allowHalfOpen`, nothing is closed from here because the bridge closes its side.
  const socket = connectTcp({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  socket.write(lines.join("\r\n").replace("PAGE", `/${search}`).replace("HERE", `127.0.0.1:${port}`));
  const trickle = setInterval(() => goesOn && socket.write("a"), 10);
  onTestFinished(() => clearInterval(trickle));
  let answer = "";
  socket.on("data", (data) => (answer += data.toString()));
  await once(socket, "end");
  return answer.split("\r\n")[0]!;
}

const upgrade = ["GET PAGE HTTP/1.1", "Host: HERE", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];

describe("a connection to perdure inspect", () => {
  it.each<[string, readonly string[], RegExp]>([
    ["says nothing", [""], /408/],
    ["stops within its first line", ["GET / HT"], /408/],
    ["stops within its headers", ["GET PAGE HTTP/1.1", "Host: HERE", "X-Slow: a"], /408/],
    ["stops within an upgrade", upgrade, /408/],
    ["asks for an upgrade without a key", [...upgrade, "", ""], /400/],
    ["asks for an upgrade to something else", ["GET PAGE HTTP/1.1", "Host: HERE", "Connection: Upgrade", "Upgrade: h2c", "", ""], /400/],
    ["never sends the body it announced", ["GET PAGE HTTP/1.1", "Host: HERE", "Content-Length: 100", "", "abc"], /200/],
    ["never ends the body it sends in chunks", ["GET PAGE HTTP/1.1", "Host: HERE", "Transfer-Encoding: chunked", "", "5", "abc"], /200/],
    ["is refused and has a body to send", ["POST PAGE HTTP/1.1", "Host: HERE", "Content-Length: 100", "", "abc"], /405/],
    ["is kept alive and asks no more", ["GET PAGE HTTP/1.1", "Host: HERE", "", ""], /200/],
    ["stops within its second request", ["GET PAGE HTTP/1.1", "Host: HERE", "", "GET / HT"], /200/],
  ])("that %s is ended", async (_, lines, answer) => {
    expect(await answerTo(await openImpatient(), lines)).toMatch(answer);
  });

  it.each([
    ["headers", ["GET PAGE HTTP/1.1", "Host: HERE", "X-Slow: a"]],
    ["body", ["GET PAGE HTTP/1.1", "Host: HERE", "Content-Length: 100000", "", ""]],
  ])("that sends its %s byte by byte is ended", async (_, lines) => {
    expect(await answerTo(await openImpatient(), lines, { goesOn: true })).toMatch(/408|200/);
  });

  it("that looks stays open while others are ended", async () => {
    const bridge = await openImpatient();
    const { socket } = await connect(bridge.url);
    await answerTo(bridge, ["GET / HT"]);
    await answerTo(bridge, ["GET / HT"]);
    expect(socket.readyState).toBe(socket.OPEN);
  });
});
