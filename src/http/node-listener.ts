import type { IncomingMessage, ServerResponse } from "node:http";
import { completeLogger, consoleLogger, type Logger } from "../platform/logger.ts";
import { answerOver, type FetchHandler, sendResponse } from "../serve/answer-over.ts";
import { Refusal } from "../serve/refusal.ts";
import { answerProblem } from "./answer.ts";

/** What Node's HTTP server, Express and Connect call. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A handler as a listener of `node:http`, which Express and Fastify can mount too. It has to come before a body parser, because it reads the
 * body itself. What the handler rejects with is logged and answered with status 500.
 */
export function toNodeListener(handle: FetchHandler, options: { readonly logger?: Partial<Logger> } = {}): NodeListener {
  const logger = completeLogger(options.logger ?? consoleLogger);
  const answerOrLog = async (answer: () => Promise<Response>): Promise<Response> => {
    try {
      return await answer();
    } catch (error) {
      logger.error("a request could not be answered", { error });
      return answerProblem(error);
    }
  };
  return (incoming, outgoing) => {
    const sent = incoming.readableDidRead
      ? answerOrLog(() => Promise.reject(refuseReadBody())).then((response) => sendResponse(response, outgoing))
      : answerOver(incoming, outgoing, (request) => answerOrLog(() => handle(request)));
    sent.catch((error: unknown) => {
      // A client that goes away while it is answered is no error.
      if (!outgoing.destroyed) logger.error("an answer could not be sent", { error });
      outgoing.destroy();
    });
  };
}

function refuseReadBody(): Refusal {
  return new Refusal(500, "BODY_READ", "The body was read before it came here.", "Mount the handler before any body parser.");
}
