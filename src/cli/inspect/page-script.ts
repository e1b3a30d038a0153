/**
 * What runs in the bridge's page. It keeps nothing: only when the inspector in the frame says that it listens is the bridge
 * called, and each call has everything sent from the beginning, so a frame that was loaded anew misses nothing. The token stays in the address bar, because a reload needs it.
 */
export const pageScript = `
"use strict";
const frame = document.getElementById("inspector");
const state = document.getElementById("state");
const inspector = frame.dataset.origin;
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
  own.onclose = () => { if (own === socket) state.textContent = "not connected: perdure inspect has ended"; };
}

window.addEventListener("message", ({ source, origin, data }) => {
  if (source === frame.contentWindow && origin === inspector && data?.type === "@statelyai.connected") call();
});
`;
