export const config = ({ events }) => ({
  startedBy: [events.RefundRequested],
  completedBy: [events.RefundPaidOut],
  timeout: "2m",
});
