/** What becomes of the data, said on the terminal and on the page: where the inspector comes from, and who sees what it shows. */
export function describePrivacy({ hostname, origin }: URL): readonly string[] {
  const isHere = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
  return [
    `The inspector's page is loaded from ${isHere ? "this machine" : "the internet"}: ${origin}.`,
    "What it shows goes from this machine to your browser only, and stays there: it is handed to the inspector's frame by postMessage.",
    "Perdure sends it nowhere else; what runs in the frame is the inspector's own code.",
  ];
}
