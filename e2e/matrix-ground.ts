import { appendFile, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSocketRelay } from '../lab/failing-engines.ts';
import type { LabTools } from '../lab/lab-access.ts';
import { type Podman, startPodman } from '../lab/podman.ts';
import type { LabUser } from '../lab/private-machine.ts';
import { type ClientKey, writeClientKey } from '../lab/ssh-keys.ts';
import { type Sshd, startSshd } from '../lab/sshd.ts';
import type { Account, Row, Stage } from './matrix-row.ts';

/** The machines that all rows of the matrix share. */
export interface Ground extends AsyncDisposable {
  readonly lab: LabTools;
  readonly podman: Podman;
  /** Knows an account for each row; the engine is at its usual place there. */
  readonly main: Sshd;
  /** Asks by keyboard-interactive for a one-time code. */
  readonly codes: Sshd;
  /** Whose key the rows about host keys know, or do not: nobody else goes there. Has two, of different types. */
  readonly strange: Sshd;
  /** A machine on the way. */
  readonly bastion: Sshd;
  /** Lets in as every account, where its row does not say otherwise. */
  readonly key: ClientKey;
  stage(row: Row): Promise<Stage & AsyncDisposable>;
}

/** privateMachine gives them in the order of its users. */
const FIRST_UID = 60_000;

/** As a docker client before 18.09 answers. */
const OLD_DOCKER = `#!/bin/sh
case "$*" in
*dial-stdio*) echo "docker: 'dial-stdio' is not a docker command." >&2; exit 1;;
*) exec /usr/bin/docker "$@";;
esac
`;

/** An account as one sshd has it. */
interface Placed extends Account {
  readonly user: string;
  readonly uid: number;
}

/** Starts them; every account that `rows` name is there from the beginning, because an sshd reads its config once. */
export async function startGround(lab: LabTools, rows: readonly Row[]): Promise<Ground> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-matrix-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const keys = join(folder, 'authorized_keys');
  await mkdir(keys);
  await Promise.all([chmod(folder, 0o711), chmod(keys, 0o755)]);
  const key = await writeClientKey(folder, { name: 'key' });
  const podman = undo.use(await startPodman());
  await podman.runContainer({ name: 'in-podman' });

  const accounts = rows.map(({ account = {} }, index) => ({ ...account, user: `row${index}` }));
  const placed = new Map<string, Placed>();
  const placedAt = (codes: boolean) => {
    const here = accounts.filter((account) => (account.codes ?? false) === codes);
    return here.map((account, index) => ({ ...account, uid: FIRST_UID + index }));
  };
  const start = async (here: readonly Placed[], more: Parameters<typeof startSshd>[0]) => {
    const extraConfig = [`AuthorizedKeysFile ${keys}/%u`, 'MaxStartups 500', ...here.flatMap(matchBlock)];
    for (const each of here) {
      placed.set(each.user, each);
      if (each.key !== null) await writeKey(keys, each.user, key, each.key);
    }
    return undo.use(await startSshd({ users: here.map(labUser), extraConfig, ...more }));
  };
  const onMain = placedAt(false);
  const oldDocker = join(folder, 'old-docker');
  await writeFile(oldDocker, OLD_DOCKER, { mode: 0o755 });
  const usual = { '/run/docker.sock': lab.socketPath };
  const files: Record<string, string> = { ...usual, '/run/old-docker/docker': oldDocker };
  for (const { uid, rootless = [] } of onMain) {
    for (const engine of rootless) {
      const to = engine === 'docker' ? lab.socketPath : podman.socketPath;
      const relay = undo.use(await startSocketRelay(to, { uid, gid: uid }));
      files[`/run/user/${uid}/${engine === 'docker' ? '' : 'podman/'}${engine}.sock`] = relay.socketPath;
    }
  }
  const sudoers = onMain.flatMap(({ user, sudo }) => (sudo === undefined ? [] : [`${user} ALL=(root) ${sudo}`]));
  const main = await start(onMain, { files, sudoers });
  const codes = await start(placedAt(true), { pam: ['code'], files: usual });
  const strange = undo.use(await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa'] }));
  const bastion = undo.use(await startSshd());
  for (const sshd of [strange, bastion]) await sshd.authorize(key.publicKey);
  const knownHosts = join(folder, 'known_hosts');
  const lines = [main, codes, strange, bastion].flatMap((sshd) => sshd.knownHostsLines());
  await writeFile(knownHosts, lines.map((line) => `${line}\n`).join(''));

  const started = undo.move();
  const ground: Ground = {
    lab,
    podman,
    main,
    codes,
    strange,
    bastion,
    key,
    async stage(row) {
      const { user, uid, codes: isCodes = false } = placed.get(`row${rows.indexOf(row)}`) as Placed;
      const sshd = isCodes ? codes : main;
      const own = new AsyncDisposableStack();
      const mine = await mkdtemp(join(tmpdir(), 'binnacle-row-'));
      own.defer(() => rm(mine, { recursive: true, force: true }));
      await writeFile(join(mine, 'known_hosts'), lines.map((line) => `${line}\n`).join(''));
      return {
        ground,
        user,
        uid,
        sshd,
        folder: mine,
        own,
        async write(name, text) {
          await writeFile(join(mine, name), text.map((line) => `${line}\n`).join(''), { mode: 0o600 });
          return join(mine, name);
        },
        newKey: (name, passphrase = '') => writeClientKey(mine, { name, passphrase }),
        authorize: (added, options) => writeKey(keys, user, added, options),
        target: (rest = '') => `ssh://${user}@${sshd.host}:${sshd.port}${rest}`,
        [Symbol.asyncDispose]: () => own.disposeAsync(),
      };
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
  return ground;
}

const matchBlock = ({ user, sshd = [] }: Placed) =>
  sshd.length === 0 ? [] : [`Match User ${user}`, ...sshd.map((line) => `  ${line}`)];

const labUser = ({ user, docker = true, shell, password }: Placed): LabUser => ({
  name: user,
  docker,
  ...(shell === undefined ? {} : { shell }),
  ...(password === undefined ? {} : { password }),
});

async function writeKey(folder: string, user: string, key: ClientKey, options = ''): Promise<void> {
  await appendFile(join(folder, user), `${options === '' ? '' : `${options} `}${key.publicKey}\n`, { mode: 0o644 });
}
