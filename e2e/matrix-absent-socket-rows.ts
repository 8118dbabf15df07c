import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Row, Scene, Stage } from './matrix-row.ts';

/** A symbolic link that everybody sees, to `docker.sock` in a folder of the row's own. */
async function linked({ folder, target }: Stage, mode: number | null): Promise<Partial<Scene>> {
  const [open, other] = [join(folder, 'open'), join(folder, 'other')];
  await mkdir(open);
  if (mode !== null) await mkdir(other, { mode });
  await symlink(join(other, 'docker.sock'), join(open, 'docker.sock'));
  await Promise.all([chmod(folder, 0o711), chmod(open, 0o755)]);
  return { target: target(join(open, 'docker.sock')) };
}

/** Paths at which there is no socket, for who logs in. */
export const absentSocketRows: readonly Row[] = [
  {
    area: 'Socket',
    name: 'a socket that is not there',
    account: { rootless: ['docker', 'podman'] },
    arrange: ({ target }) => ({ target: target('/run/no-engine.sock') }),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_MISSING',
      cause: /^There is no \/run\/no-engine\.sock on 127\.0\.0\.1:\d+\.$/,
      fix: /Check that Docker is installed and running there/,
      seen: /^test -e \/run\/no-engine\.sock: no$/,
      offers: [/:\d+$/, /\/run\/user\/\d+\/docker\.sock$/, /\/run\/user\/\d+\/podman\/podman\.sock$/],
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a symbolic link to nothing',
    arrange: (stage) => linked(stage, null),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_MISSING',
      cause:
        /^\S+docker\.sock on 127\.0\.0\.1:\d+ leads by a symbolic link to \S+\/other\/docker\.sock, which is not there\.$/,
      fix: /Check that Docker is installed and running there/,
      seen: /^readlink: it leads to \S+\/other\/docker\.sock$/,
      offers: [/:\d+$/],
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a symbolic link into a closed folder',
    arrange: (stage) => linked(stage, 0o700),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_DENIED',
      cause:
        /^row\d+ may not enter \S+\/other on 127\.0\.0\.1:\d+, into which \S+docker\.sock leads by a symbolic link\.$/,
      fix: /Log in as the user the engine belongs to/,
      seen: /^test -x \S+\/other: no$/,
      offers: [/:\d+$/],
      state: 'degraded',
    },
  },
  {
    area: 'Socket',
    name: 'a path below the socket',
    arrange: ({ target }) => ({ target: target('/var/run/docker.sock/v1.41') }),
    expected: {
      outcome: 'stopped',
      step: 'socket',
      code: 'SOCKET_MISSING',
      cause:
        /^There is no \/var\/run\/docker\.sock\/v1\.41 on 127\.0\.0\.1:\d+: \/var\/run\/docker\.sock is not a folder\.$/,
      fix: /Name the engine's socket in the target/,
      seen: /^test -d \/var\/run\/docker\.sock: no$/,
      offers: [/:\d+$/],
      state: 'degraded',
    },
  },
];
