import { dirname, resolve } from 'node:path/posix';
import type { SocketEvidence, SocketOwner } from './forward-evidence.ts';
import { type HostShell, lastLine } from './host-shell.ts';

/** As many as Linux follows (path_resolution(7)) would be too many questions. */
const LINKS = 4;

/** What the host's shell says of a socket. @throws AppError as {@link HostShell.test} */
export async function lookAtSocket(shell: HostShell, path: string): Promise<SocketEvidence> {
  if (!(await shell.test('path-exists', path))) return await whyAbsent(shell, path, null);
  if (!(await shell.test('path-is-socket', path))) return { kind: 'other' };
  if (await shell.test('path-writable', path)) return { kind: 'open' };
  return { kind: 'closed', owner: ownerIn((await shell.run('path-listing', path)).stdout) };
}

/**
 * `test -e` says no of what is not there, of what is behind a folder closed to this user, and of a symbolic link that leads
 * to either: goes up to the first that exists, and follows the link that may stand below it.
 * @param leadsTo `path` itself, where it is not the one that was asked for, but leads on from there
 */
async function whyAbsent(
  shell: HostShell,
  path: string,
  leadsTo: string | null,
  links = LINKS,
): Promise<SocketEvidence> {
  let absent = path;
  let folder = dirname(path);
  while (folder !== '/' && !(await shell.test('path-exists', folder))) {
    absent = folder;
    folder = dirname(folder);
  }
  if (folder !== '/' && !(await shell.test('path-searchable', folder))) {
    const isFolder = await shell.test('path-is-folder', folder);
    return isFolder ? { kind: 'behind', folder, leadsTo } : { kind: 'below', file: folder, leadsTo };
  }
  if (!(await shell.test('path-is-link', absent))) return { kind: 'missing', leadsTo };
  const target = await linkTarget(shell, absent);
  if (target === null || links === 0) return { kind: 'astray', link: absent };
  const next = resolve(folder, target) + path.slice(absent.length);
  return await whyAbsent(shell, next, next, links - 1);
}

/** null where it cannot be read: not every host has a readlink. */
async function linkTarget(shell: HostShell, link: string): Promise<string | null> {
  const { exitCode, stdout } = await shell.run('link-target', link);
  const said = lastLine(stdout);
  return exitCode === 0 && said !== '' && Buffer.byteLength(said) < 1_024 ? said : null;
}

/** Mode, links, owner, group, size (POSIX, ls -l); of names that are no plain ones nothing is repeated. */
function ownerIn(listing: string): SocketOwner | null {
  const [, mode, user, group] =
    /^(s[rwxsStT-]{9})\S* +\d+ +([a-z_0-9][a-z0-9_.-]*) +([a-z_0-9][a-z0-9_.-]*) +\d+ /i.exec(lastLine(listing)) ?? [];
  return mode === undefined || user === undefined || group === undefined ? null : { mode, user, group };
}
