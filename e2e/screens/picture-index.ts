import type { Scene, Size } from './scene.ts';
import { THEMES, type Theme } from './stage.ts';

/** `offline-night-1280.png` */
export function pictureName({ name }: Pick<Scene, 'name'>, theme: Theme, { width }: Size): string {
  return `${name}-${theme}-${width}.png`;
}

/** What each picture shows, as a page of Markdown. */
export function indexText(scenes: readonly Scene[]): string {
  const rows = scenes.map((scene) => {
    const links = scene.sizes.flatMap((size) =>
      THEMES.map((theme) => `[${theme} ${size.width}×${size.height}](${pictureName(scene, theme, size)})`),
    );
    return `| \`${scene.name}\` | ${scene.shows} | ${links.join(' · ')} |`;
  });
  return `# Screens

Every page and state of the window. Made by \`npm run screens\`, this page too; \`npm run screens -- NAME …\` takes
some of them anew. Those of the demo fleet are of \`binnacle serve --demo\`; all others are of the same page on a core
whose facts are staged.

| name | what it shows | pictures |
| ---- | ------------- | -------- |
${rows.join('\n')}
`;
}
