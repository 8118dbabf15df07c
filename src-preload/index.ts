import { contextBridge } from 'electron';
import { CONTRACT_VERSION } from './contract/version.ts';

/** All that the page is given. It grows by named members only, never by a general `invoke`. */
const bridge = { contractVersion: CONTRACT_VERSION };
export type Bridge = typeof bridge;

contextBridge.exposeInMainWorld('binnacle', bridge);
