import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerGroupId } from './dockerd.ts';
import { run } from './run.ts';

/** An account that exists for one sshd alone. */
export interface LabUser {
  readonly name: string;
  /** Without: no password is right. */
  readonly password?: string;
  /** It has expired: whoever gives it must change it before anything else. */
  readonly hasExpired?: boolean;
  /** Default `/bin/bash`. `/usr/sbin/nologin`: may log in, and run nothing. */
  readonly shell?: string;
  /** Whether it may use the lab's engine, being in its group. */
  readonly docker?: boolean;
}

export interface MachineOptions {
  readonly users?: readonly LabUser[];
  /** Lines of sudoers, in the place of the machine's own, after Debian's defaults: `alice ALL=(root) NOPASSWD: …`. */
  readonly sudoers?: readonly string[];
  /** PAM services by name, in the place of the machine's own. */
  readonly pam?: Readonly<Record<string, string>>;
  /**
   * What stands there, by the path at which it is seen: a socket at `/run/docker.sock`, say, which is
   * `/var/run/docker.sock` too. The machine's own /run is not seen, so anything may be put there; elsewhere only what the
   * machine has can be replaced.
   */
  readonly files?: Readonly<Record<string, string>>;
}

/** A process's own view of this machine: other accounts, other rights, another /run. Nobody else sees any of it. */
export interface PrivateMachine {
  /** The command that runs `command` there, in the process that it is started in. */
  within(command: readonly string[]): string[];
  /** User and group id: 60,000 and up. */
  uid(user: string): number;
}

/** Debian's, but for programs of /usr/local: there the docker client may be another one. */
const sudoDefaults = 'Defaults env_reset, use_pty, secure_path=/usr/sbin:/usr/bin';

const FIRST_UID = 60_000;

/**
 * Prepares one in `folder`, which those who log in have to be able to pass through. Nothing is mounted before the
 * command runs, in a mount namespace of its own, and nothing stays mounted once its processes are gone. Needs root.
 */
export async function privateMachine(folder: string, options: MachineOptions): Promise<PrivateMachine> {
  const { users = [], sudoers, pam = {}, files = {} } = options;
  const own = join(folder, 'machine');
  await mkdir(join(own, 'home'), { recursive: true });
  await Promise.all([chmod(own, 0o711), chmod(join(own, 'home'), 0o711)]);
  const accounts = users.map((user, index) => ({
    ...user,
    uid: FIRST_UID + index,
    home: join(own, 'home', user.name),
  }));
  for (const { home, uid } of accounts) {
    await mkdir(home, { mode: 0o700 });
    await chown(home, uid, uid);
  }
  const put = async (path: string, content: string, mode: number) => {
    const file = join(own, path.replaceAll('/', '-').slice(1));
    await writeFile(file, content);
    await chmod(file, mode);
    return [path, file] as const;
  };
  const passwd = accounts.map(
    ({ name, uid, home, shell = '/bin/bash' }) => `${name}:x:${uid}:${uid}::${home}:${shell}`,
  );
  const placed = [
    await put('/etc/passwd', withLines(await readFile('/etc/passwd', 'utf8'), passwd), 0o644),
    await put('/etc/group', withLines(await otherGroups(), groupLines(accounts)), 0o644),
    await put('/etc/shadow', withLines('root:*:19000::::::\n', await shadowLines(accounts)), 0o600),
    ...(sudoers === undefined ? [] : [await put('/etc/sudoers', withLines(sudoDefaults, sudoers), 0o440)]),
    ...(await Promise.all(Object.entries(pam).map(([name, text]) => put(`/etc/pam.d/${name}`, text, 0o644)))),
    ...Object.entries(files),
  ];
  const script = join(own, 'enter.sh');
  await writeFile(script, enterScript(accounts, placed));
  return {
    within: (command) => ['unshare', '--mount', '--propagation', 'slave', '--', '/bin/sh', script, ...command],
    uid: (name) => accounts.find((each) => each.name === name)?.uid ?? -1,
  };
}

interface Account extends LabUser {
  readonly uid: number;
}

/** The machine's, without a docker group of its own. */
async function otherGroups(): Promise<string> {
  return (await readFile('/etc/group', 'utf8')).replace(/^docker:.*\n/m, '');
}

const groupLines = (accounts: readonly Account[]) => [
  ...accounts.map(({ name, uid }) => `${name}:x:${uid}:`),
  `docker:x:${dockerGroupId}:${accounts.flatMap(({ name, docker }) => (docker ? [name] : [])).join(',')}`,
];

const shadowLines = (accounts: readonly Account[]) =>
  Promise.all(
    accounts.map(async ({ name, password, hasExpired }) => {
      // Day 0 of the last change: by shadow(5) it is to be changed at the next login.
      return `${name}:${await hashed(password)}:${hasExpired ? 0 : 19_000}::::::`;
    }),
  );

/** As /etc/shadow has it (SHA-512); `*`, which no password is, where there is none. Perl is on every Debian. */
async function hashed(password: string | undefined): Promise<string> {
  if (password === undefined) return '*';
  return await run('perl', ['-e', '$_ = <STDIN>; print crypt($_, q($6$binnaclelab$))'], { input: password });
}

const withLines = (text: string, lines: readonly string[]) => `${text.trimEnd()}\n${lines.join('\n')}\n`;

function enterScript(accounts: readonly Account[], placed: readonly (readonly [path: string, file: string])[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    'set -e',
    // Made ready elsewhere: what is placed may itself stand below the machine's /run.
    'mount -t tmpfs -o mode=755 tmpfs /mnt',
    'mkdir -m 755 /mnt/sshd /mnt/user',
    ...accounts.map(({ uid }) => `mkdir -m 700 /mnt/user/${uid}; chown ${uid}:${uid} /mnt/user/${uid}`),
    ...placed.flatMap(([path, file]) => {
      const place = path.replace(/^\/(var\/)?run\//, '/mnt/');
      return place === path
        ? [`mount --bind ${quoted(file)} ${quoted(place)}`]
        : [
            `mkdir -p "$(dirname ${quoted(place)})"`,
            `if test -d ${quoted(file)}; then mkdir -p ${quoted(place)}; else touch ${quoted(place)}; fi`,
            `mount --bind ${quoted(file)} ${quoted(place)}`,
          ];
    }),
    'mount --no-mtab --move /mnt /run',
    'exec "$@"',
    '',
  ].join('\n');
}
