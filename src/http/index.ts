export { createHandler } from "./create-handler.ts";
export type { Authorization, HandlerOptions, HttpAction } from "./handler-options.ts";
export type { HttpSystem } from "./http-system.ts";
export { type NodeListener, toNodeListener } from "./node-listener.ts";
export type { HandledStep } from "./wait-handled.ts";
export { type Delivery, webhook, type WebhookEvent, type WebhookOptions } from "./webhook.ts";
export { createHealthHandler, type HealthSystem } from "./create-health-handler.ts";
export type { Health, HealthOptions } from "../observe/health.ts";
