import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { openDemoCore } from './demo-core.ts';
import { type Home, openHome } from './home/home.ts';
import { usualSshFiles } from './hosts/ssh-files.ts';
import { systemClock } from './kernel/clock.ts';
import { openSettings } from './settings/settings-store.ts';
import { openWindowCore, type WindowCore, type WindowCoreOptions } from './window-core.ts';

export interface OpenCoreOptions extends Pick<WindowCoreOptions, 'role' | 'toAppError' | 'signal' | 'keychain'> {
  /** Checked (`checkHome`). It is opened where a core needs it; the demo leaves it untouched. */
  readonly home: Home;
  /** The made-up fleet, also where hosts are saved. */
  readonly demo: boolean;
}

/**
 * The core of this process's user: of their own hosts, or the demo where it is wished for or no host is saved. Settings
 * that cannot be read are no reason for a demo: there may be hosts in them.
 * @throws AppError HOME_LOCKED, HOME_UNUSABLE, or the signal's own
 */
export async function openCore({ home, demo, ...shell }: OpenCoreOptions): Promise<WindowCore> {
  const options: WindowCoreOptions = {
    ...shell,
    home,
    appVersion: packageJson.version,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    defaultUser: userInfo().username,
    machine: hostname(),
    exportFolder: exportFolder(),
    sshFiles: usualSshFiles({ userFolder: homedir(), environment: process.env, platform: process.platform }),
  };
  if (!demo) {
    const { settings, problems } = await openSettings(home, { clock: systemClock }).read();
    if (settings.hosts.length > 0 || problems.length > 0) {
      await openHome(home.path);
      return await openWindowCore(options);
    }
  }
  // Loaded where it is needed: nobody with hosts waits for a simulation.
  const { startDemo } = await import('./demo/demo.ts');
  return await openDemoCore(await startDemo(), options);
}

/** Where people look for what they saved. */
function exportFolder(): string {
  const downloads = path.join(homedir(), 'Downloads');
  return existsSync(downloads) ? downloads : homedir();
}
