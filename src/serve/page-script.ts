/**
 * What runs in the bridge's page. It keeps nothing: only when the inspector in the frame says that it listens is the bridge
 * called, and each call has everything sent from the beginning, so a frame that was loaded anew misses nothing. The token stays
 * in the address bar, because a reload needs it. The codes are WebSocket's (RFC 6455, section 7.4.1).
 */
export const pageScript = `
"use strict";
const frame = document.getElementById("inspector");
const state = document.getElementById("state");
const inspector = frame.dataset.origin;
const ENDED = 1001, LOST = 1006, PAUSE_MS = 1000;
let socket;

function call() {
  let count = 0;
  socket?.close();
  const own = (socket = new WebSocket("ws://" + location.host + "/" + location.search));
  own.onopen = () => { state.textContent = "connected"; };
  own.onmessage = ({ data }) => {
    frame.contentWindow.postMessage(JSON.parse(data), inspector);
    count += 1;
    state.textContent = "connected, " + count + " messages";
  };
  own.onclose = ({ code, reason }) => {
    if (own !== socket) return;
    const hasEnded = code === ENDED || code === LOST;
    state.textContent = hasEnded ? "not connected: perdure inspect has ended" : "not connected: " + reason + "; trying again";
    if (!hasEnded) setTimeout(() => { if (own === socket) call(); }, PAUSE_MS);
  };
}

window.addEventListener("message", ({ source, origin, data }) => {
  if (source === frame.contentWindow && origin === inspector && data?.type === "@statelyai.connected") call();
});
`;
