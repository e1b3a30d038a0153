/** The chart says what happens to an order. The config says what begins one, and after which time it is over wherever it stands. */
export const config = ({ events }) => ({ startedBy: [events.OrderPlaced], timeout: "15m" });
