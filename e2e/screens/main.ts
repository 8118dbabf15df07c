import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { buildStale } from '../../scripts/build.mjs';
import { missingChromium } from '../chromium.ts';
import { indexText, pictureName } from './picture-index.ts';
import type { Scene } from './scene.ts';
import { scenes } from './scenes.ts';
import { withFewColours } from './small-png.ts';
import { dress, openStage, THEMES } from './stage.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/screens');
/** While one waits, another is drawn. */
const AT_ONCE = 3;
/** A checkout should not grow by more. */
const MOST_BYTES = 16 * 1024 ** 2;

/**
 * `npm run screens [-- NAME …]`: pictures of every page and state, or of those named. Exit codes as sysexits.h has them:
 * 64 usage, 69 unavailable.
 */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !scenes.some((scene) => scene.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no scene ${unknown.join(', ')}. There are:\n${scenes.map(({ name }) => `  ${name}`).join('\n')}`,
    );
    return 64;
  }
  const missing = missingChromium();
  if (missing !== null) {
    console.error(`No pictures can be taken here: ${missing}`);
    return 69;
  }
  await buildStale(ROOT);
  const wanted = names.length === 0 ? scenes : scenes.filter(({ name }) => names.includes(name));
  const startedAt = performance.now();
  await mkdir(FOLDER, { recursive: true });
  await using stage = await openStage();
  const failed: string[] = [];
  let begun = 0;
  const takeNext = async (): Promise<void> => {
    const scene = wanted[begun++];
    if (scene === undefined) return;
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
    console.log(`[${seconds} s] ${begun} of ${wanted.length}: ${scene.name}`);
    try {
      await stage.show(scene, (page) => takePictures(page, scene));
    } catch (error) {
      failed.push(scene.name);
      console.error(`${scene.name} could not be shown: ${error instanceof Error ? error.message : String(error)}`);
    }
    return await takeNext();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeNext));
  const kept = await clearFolder();
  await writeFile(join(FOLDER, 'README.md'), indexText(scenes));
  const bytes = await sizeOf(kept);
  console.log(`${kept.length} pictures, ${(bytes / 1024 ** 2).toFixed(1)} MB, in docs/screens`);
  if (failed.length > 0) console.error(`Not taken: ${failed.join(', ')}`);
  if (bytes > MOST_BYTES) console.error(`They may take ${MOST_BYTES / 1024 ** 2} MB at most.`);
  return failed.length > 0 || bytes > MOST_BYTES ? 1 : 0;
}

async function takePictures(page: Page, scene: Scene): Promise<void> {
  // The smallest first: it was opened so.
  for (const size of scene.sizes.toReversed()) {
    for (const theme of THEMES) {
      await dress(page, theme, size);
      const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      await writeFile(join(FOLDER, pictureName(scene, theme, size)), withFewColours(picture));
    }
  }
}

/** Takes away the pictures of scenes that are no more. @returns the names of those that stay */
async function clearFolder(): Promise<string[]> {
  const known = new Set(
    scenes.flatMap((scene) => scene.sizes.flatMap((size) => THEMES.map((theme) => pictureName(scene, theme, size)))),
  );
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.png'));
  await Promise.all(files.filter((file) => !known.has(file)).map((file) => rm(join(FOLDER, file))));
  return files.filter((file) => known.has(file));
}

async function sizeOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(FOLDER, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

process.exitCode = await main(process.argv.slice(2));
