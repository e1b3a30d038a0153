import { html } from "hono/html";
import type { Order } from "../orders.ts";

/** The page of the shop: the orders, a form for another, and buttons. It needs no script. `html` escapes what it is given. */
export function renderPage(orders: readonly Order[]) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Shop</title>
        <style>
          body {
            font: 1rem system-ui;
            margin: 2rem auto;
            max-width: 48rem;
          }
          td {
            padding: 0.3rem 1rem 0.3rem 0;
          }
          form {
            display: inline;
          }
        </style>
      </head>
      <body>
        <h1>Orders</h1>
        <table>
          ${orders.map(renderRow)}
        </table>
        <h2>Another one</h2>
        <form method="post" action="/orders">
          <select name="item">
            <option>chair</option>
            <option>lamp</option>
          </select>
          <input name="email" type="email" required placeholder="you@example.org" />
          <button>Order</button>
        </form>
      </body>
    </html>`;
}

function renderRow({ number, item, cents, email, status }: Order) {
  return html`<tr>
    <td>${number}</td>
    <td>${item}, ${(cents / 100).toFixed(2)} €</td>
    <td>${email}</td>
    <td>${status}</td>
    <td>${status === "placed" ? [renderButton(number, "payment", "Pay"), renderButton(number, "cancel", "Cancel")] : ""}</td>
  </tr>`;
}

function renderButton(number: number, action: string, label: string) {
  return html`<form method="post" action="/orders/${number}/${action}"><button>${label}</button></form>`;
}
