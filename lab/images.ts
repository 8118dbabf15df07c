import { createReadStream } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineApi } from './engine-api.ts';
import { staticBusybox } from './requirements.ts';
import { run } from './run.ts';

/** What every container without a database runs. */
export const busyboxImage = 'binnacle-lab/busybox:1';

/** A root with one static binary, its applets as links, and a page for its web server in /www. Takes a moment. */
export async function importBusybox(api: EngineApi, folder: string): Promise<void> {
  const busybox = staticBusybox();
  if (busybox === null) throw new Error('There is no statically linked busybox to make an image of.');
  const root = join(folder, 'busybox');
  for (const each of ['bin', 'etc', 'root', 'proc', 'sys', 'dev', 'tmp', 'www']) {
    await mkdir(join(root, each), { recursive: true });
  }
  await run('cp', [busybox, join(root, 'bin/busybox')]);
  const applets = (await run(busybox, ['--list'])).split('\n').filter((name) => name !== '' && name !== 'busybox');
  await Promise.all(applets.map((name) => symlink('busybox', join(root, 'bin', name))));
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  await writeFile(join(root, 'www/index.html'), 'ok\n');
  const tar = join(folder, 'busybox.tar');
  await run('tar', ['--create', '--file', tar, '--directory', root, '--owner=0', '--group=0', '.']);
  await importImage(api, tar, busyboxImage);
}

/** Makes an image of a tar file of a root file system. */
export async function importImage(api: EngineApi, tar: string, name: string): Promise<void> {
  const [repository, tag] = splitName(name);
  const query = new URLSearchParams({ fromSrc: '-', repo: repository, tag });
  const answer = await api.upload(`/images/create?${query}`, createReadStream(tar));
  // An import can fail inside an answer that began with 200.
  if (answer.includes('"errorDetail"')) throw new Error(`${name} could not be made: ${answer.trim()}`);
}

/** Gives an image that is there a further name. */
export async function tagImage(api: EngineApi, image: string, name: string): Promise<void> {
  const [repository, tag] = splitName(name);
  await api.post(`/images/${image}/tag?${new URLSearchParams({ repo: repository, tag })}`);
}

function splitName(name: string): [repository: string, tag: string] {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}
