import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

/** A message as Stately's inspectors take it. */
export interface Message {
  readonly type: string;
  readonly id: string;
  readonly name?: string;
  readonly sessionId: string;
  readonly rootId: string;
  readonly createdAt: string;
  readonly _version: string;
  readonly definition?: string;
  readonly event?: { readonly type: string; readonly payload?: unknown };
  readonly snapshot?: { readonly value: string; readonly status: string; readonly instance: { readonly aggregateId: string } };
}

/** What is connected to a bridge and keeps what it is sent. */
export interface Inspector {
  readonly socket: WebSocket;
  readonly messages: readonly Message[];
  /** The messages, a line each: of which aggregate, what, and the state after it. */
  readonly lines: readonly string[];
  /** Resolves with the code with which it was closed. */
  readonly closed: Promise<number>;
}

export async function connect(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Inspector> {
  const socket = new WebSocket(url.replace("http:", "ws:"), { headers });
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  socket.on("message", (data) => messages.push(JSON.parse((data as Buffer).toString()) as Message));
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  await once(socket, "open");
  return {
    socket,
    messages,
    closed,
    get lines() {
      const names = new Map(messages.map(({ sessionId, name }) => [name === undefined ? "" : sessionId, name?.split(" ")[1] ?? ""]));
      return messages.map(({ type, sessionId, event, snapshot }) => {
        const what = [type.replace("@xstate.", ""), event?.type, snapshot?.value].filter((part) => part !== undefined);
        return `${names.get(sessionId)} ${what.join(" ")}`;
      });
    },
  };
}

/** The HTTP status with which a connection is refused. */
export async function refusalOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const socket = new WebSocket(url.replace("http:", "ws:"), { headers });
  socket.on("error", () => {});
  const [, { statusCode }] = (await once(socket, "unexpected-response")) as [unknown, IncomingMessage];
  socket.terminate();
  return statusCode;
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** What `fetch` would do, if it let a test set `Host`. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Answer> {
  const asked = request(url, { headers, method, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}
