import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Order, type Orders, OutOfStock } from "../orders.ts";
import { renderPage } from "./page.ts";

/** What the app asks of the processes. */
export interface Desk {
  /** Ends the process of an order by a person's word. Resolves with whether it was still open. */
  cancel(number: number, word: { readonly reason: string; readonly by: string }): Promise<boolean>;
}

const newOrder = z.object({ item: z.string().min(1), email: z.email() });

/**
 * The shop on HTTP. Whoever may reach it may do everything: put your own authorisation before it.
 *
 * No route waits for a handler of Perdure's. Each writes a row with its event, or asks for a cancellation, and answers.
 */
export function createApp(orders: Orders, desk: Desk): Hono {
  const app = new Hono();
  const orderOf = (context: Context): Order | undefined => orders.find(Number(context.req.param("number")));
  // A browser goes back to the page, and a program gets the order.
  const answer = (context: Context, order: Order, status: 200 | 201 | 202) =>
    isBrowser(context) ? context.redirect("/", 303) : context.json(order, status, { Location: `/orders/${order.number}` });
  const refuse = (context: Context, problem: string, status: 400 | 404 | 409) => context.json({ problem }, status);
  const unknown = (context: Context) => refuse(context, `there is no order ${context.req.param("number")}`, 404);

  app.get("/", (context) => context.html(renderPage(orders.list())));
  app.get("/orders", (context) => context.json(orders.list()));
  app.get("/orders/:number", (context) => {
    const order = orderOf(context);
    return order === undefined ? unknown(context) : context.json(order);
  });

  app.post("/orders", async (context) => {
    const body: unknown = await (isForm(context) ? context.req.parseBody() : context.req.json().catch(() => undefined));
    const parsed = newOrder.safeParse(body);
    if (!parsed.success) return refuse(context, z.prettifyError(parsed.error), 400);
    try {
      return answer(context, orders.place(parsed.data), 201);
    } catch (error) {
      if (!(error instanceof OutOfStock)) throw error;
      return refuse(context, error.message, 409);
    }
  });

  app.post("/orders/:number/payment", (context) => {
    const order = orderOf(context);
    if (order === undefined) return unknown(context);
    if (!orders.pay(order.number)) return refuse(context, `order ${order.number} is ${order.status}`, 409);
    return answer(context, orders.find(order.number)!, 202);
  });

  app.post("/orders/:number/cancel", async (context) => {
    const order = orderOf(context);
    if (order === undefined) return unknown(context);
    // Once it is paid, it is on its way.
    const isCancelled =
      order.status === "placed" && (await desk.cancel(order.number, { reason: "you asked for it", by: "the shop's page" }));
    if (!isCancelled) return refuse(context, `order ${order.number} is ${orders.find(order.number)!.status}`, 409);
    return answer(context, order, 202);
  });
  return app;
}

function isForm({ req }: Context): boolean {
  return /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/.test(req.header("content-type") ?? "");
}

function isBrowser({ req }: Context): boolean {
  return req.header("accept")?.includes("text/html") === true;
}
