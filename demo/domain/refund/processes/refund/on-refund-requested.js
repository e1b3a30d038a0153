export async function handler({ event }) {
  return { cents: event.payload.cents };
}
