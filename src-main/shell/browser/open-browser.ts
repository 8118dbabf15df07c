import { spawn } from 'node:child_process';
import type { TokenReach } from './session-guard.ts';

/** How a link is handed to the browser this user prefers. */
export interface Opener {
  readonly command: string;
  readonly args: (url: string) => readonly string[];
  /** What the program reads instead of an argument. */
  readonly stdin: (url: string) => string | null;
  /** `own-user`: the link stands in a list of processes that every user of the machine may read. */
  readonly reach: TokenReach;
}

/**
 * null: there is no display to open a browser on.
 *
 * The link goes straight to the browser. A file that leads there would keep it out of the list of processes, but the
 * page would then be asked for from another site, which is refused; and browsers in a sandbox of their own (snap,
 * Flatpak) cannot read it.
 */
export function openerFor(platform: NodeJS.Platform, env: Readonly<Record<string, string | undefined>>): Opener | null {
  const none = () => null;
  switch (platform) {
    case 'win32':
      return {
        command: 'rundll32.exe',
        args: (url) => ['url.dll,FileProtocolHandler', url],
        stdin: none,
        reach: 'anyone',
      };
    case 'darwin':
      if (env.SSH_CONNECTION) return null;
      return {
        command: 'osascript',
        args: () => ['-'],
        stdin: (url) => `open location "${url}"\n`,
        reach: 'anyone',
      };
    default:
      if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return null;
      return {
        command: 'xdg-open',
        args: (url) => [url],
        stdin: none,
        reach: platform === 'linux' ? 'own-user' : 'anyone',
      };
  }
}

/** Opens `url`, and never fails: the link has been printed as well. */
export function openBrowser(opener: Opener, url: string): void {
  const text = opener.stdin(url);
  // Of a group of its own: the browser outlives Ctrl-C in the terminal Binnacle was started from.
  const child = spawn(opener.command, opener.args(url), {
    stdio: [text === null ? 'ignore' : 'pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined).end(text);
  child.unref();
}
