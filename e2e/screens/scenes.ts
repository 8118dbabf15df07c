import { actionScenes } from './action-scenes.ts';
import { addHostScenes } from './add-host-scenes.ts';
import { demoScenes } from './demo-scenes.ts';
import { fleetScenes } from './fleet-scenes.ts';
import { hostScenes } from './host-scenes.ts';
import { journalScenes } from './journal-scenes.ts';
import type { Scene } from './scene.ts';
import { windowScenes } from './window-scenes.ts';

/** Every page, sheet and state, in the order of the index. Pictures are taken of them, and axe looks at them. */
export const scenes: readonly Scene[] = [
  ...demoScenes,
  ...fleetScenes,
  ...hostScenes,
  ...addHostScenes,
  ...actionScenes,
  ...journalScenes,
  ...windowScenes,
];
