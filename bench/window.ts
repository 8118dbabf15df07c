import type { LabTools } from '../lab/lab-access.ts';
import { openBenchWindow, settled } from './bench-window.ts';
import { benchEventToPixels } from './event-to-pixels.ts';
import { weigh } from './first-load.ts';
import { benchHiddenWindow } from './hidden-window.ts';

/** Two rounds of samples. */
const SETTLE_MS = 12_000;

/** The window on the lab's fleet; what a large fleet costs is measured without the lab (large-fleet.ts). */
export async function benchWindow(lab: LabTools, progress: (line: string) => void) {
  progress('the window …');
  await using window = await openBenchWindow({
    hosts: [{ name: 'lab', target: lab.target, identityFile: lab.clientKeyFile }],
    knownHostsFile: lab.knownHostsFile,
  });
  const { page } = window;
  const firstLoad = await weigh(window.firstLoad);
  await settled(page, SETTLE_MS);
  progress('event to pixels …');
  const eventToPixels = await benchEventToPixels(lab, page);
  progress('the window seen, then hidden …');
  const hiddenWindow = await benchHiddenWindow(window);
  return { containers: lab.containers, firstLoad, eventToPixels, hiddenWindow };
}
