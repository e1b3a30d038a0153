/** Whether another connection has committed since it was last asked; every watch keeps its own account. */
export function watchForeign({ foreignVersion }: { readonly foreignVersion: () => number }): () => boolean {
  let seen = foreignVersion();
  return () => {
    const before = seen;
    seen = foreignVersion();
    return seen !== before;
  };
}
