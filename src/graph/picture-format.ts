/** The forms in which a process, or a domain, can be had. */
export const pictureFormats = ["mermaid", "svg", "dot", "json"] as const;

export type PictureFormat = (typeof pictureFormats)[number];
