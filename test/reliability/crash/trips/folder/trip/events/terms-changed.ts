export const payload = undefined;
