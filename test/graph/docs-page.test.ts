import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { drawMermaid } from "../../src/graph/draw-mermaid.ts";
import { drawSvg } from "../../src/graph/svg/draw-svg.ts";
import { projectFolder, readPage } from "../docs/markdown.ts";
import { describeExample, findInExample } from "./example.ts";

// After a change to what is drawn: npx vitest run test/graph -u writes the picture anew.
describe("docs/guides/pictures.md", () => {
  it("shows the Mermaid that the example's process gives", async () => {
    const drawn = drawMermaid(await describeExample(), { found: await findInExample() });
    expect(readPage("docs/guides/pictures.md").text).toContain(`\`\`\`mermaid\n${drawn}\`\`\`\n`);
  });

  it("shows the SVG that the example's process gives", async () => {
    const path = join(projectFolder, "docs/guides/order-lifecycle.svg");
    await expect(drawSvg(await describeExample(), { found: await findInExample() })).toMatchFileSnapshot(path);
  });
});
